/** Faults of pods, each caused for real in its own namespace beside what looks like it, seen from outside and from inside. */
import { test } from './fixture.ts';
import { POD_FAULTS } from './pod-faults/all.ts';
import { causeAll, holds, verdictOn } from './pod-faults/holds.ts';
import { placed } from './pod-faults/play.ts';
import { portFaults } from './pod-faults/ports.ts';

const NAMES = new Set(portFaults.map(({ name }) => name));

test(
  'ports, readiness, crashes, scheduling: each is the root of what it breaks, and what looks like it is quiet',
  { timeout: 1_200_000 },
  async ({ kube, dir, cli, diagnose, onTestFinished }) => {
    const bench = { kube, dir, cli, diagnose, onTestFinished };
    const made = placed(POD_FAULTS.ports);
    await causeAll(bench, made);
    const outside = await verdictOn(bench, made);
    const ports = made.filter(({ name }) => NAMES.has(name));
    const inside = await verdictOn(bench, ports, '--allow-exec');
    holds(
      outside,
      made.filter((fault) => fault.inside !== true),
    );
    holds(inside, ports);
  },
);
