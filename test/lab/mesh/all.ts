/** All faults of a mesh. */
import { ruleFaults, startFaults } from './faults.ts';
import { saturationFaults } from './saturated.ts';
import { quietFaults, shownFaults } from './shown.ts';

export const MESH_FAULTS = [
  ...ruleFaults,
  ...startFaults,
  ...shownFaults,
  ...quietFaults,
  ...saturationFaults,
];
