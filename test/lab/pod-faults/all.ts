/** The faults of pods by the test that causes them together: some forty namespaces at a time are what two nodes can take. */
import { crashFaults } from './crashes.ts';
import { dependencyFaults } from './dependencies.ts';
import { endingFaults } from './ending.ts';
import type { PodFault } from './fault.ts';
import { flappingFaults } from './flapping.ts';
import { portFaults } from './ports.ts';
import { probeFaults } from './probes.ts';
import { readinessFaults } from './readiness.ts';
import { rolloutFaults } from './rollouts.ts';
import { saturationFaults } from './saturated.ts';
import { schedulingFaults } from './scheduling.ts';
import { startingFaults } from './starting.ts';

export const POD_FAULTS = {
  ports: [...portFaults, ...readinessFaults, ...crashFaults, ...schedulingFaults],
  probes: [...probeFaults, ...flappingFaults, ...dependencyFaults],
  starting: [...startingFaults, ...endingFaults, ...rolloutFaults, ...saturationFaults],
} as const satisfies Readonly<Record<string, readonly PodFault[]>>;
