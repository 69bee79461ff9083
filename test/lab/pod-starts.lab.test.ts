/** Faults of pods that do not start, end before their time or cannot keep up, each caused for real beside what looks like it. */
import { test } from './fixture.ts';
import { POD_FAULTS } from './pod-faults/all.ts';
import { causeAll, holds, verdictOn } from './pod-faults/holds.ts';
import { placed } from './pod-faults/play.ts';

test(
  'images, configuration, ends, saturation: each is told as what it is, and what looks like it is quiet',
  { timeout: 1_200_000 },
  async ({ kube, dir, cli, diagnose, onTestFinished }) => {
    const bench = { kube, dir, cli, diagnose, onTestFinished };
    const made = placed(POD_FAULTS.starting);
    await causeAll(bench, made);
    holds(await verdictOn(bench, made), made);
  },
);
