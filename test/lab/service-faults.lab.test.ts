/** Faults of Services, each caused for real in a namespace of its own beside what looks like it, all seen in one capture. */
import { join } from 'node:path';
import { test } from './fixture.ts';
import { keptByHand } from './service-faults/by-hand.ts';
import { familiesOfOne } from './service-faults/families.ts';
import { localTraffic } from './service-faults/local-traffic.ts';
import { namesOfServices } from './service-faults/names.ts';
import { neverMade } from './service-faults/never-made.ts';
import { holds, makeFaults, placed } from './service-faults/proof.ts';
import { protocols } from './service-faults/protocols.ts';
import { selection } from './service-faults/selection.ts';
import { atZero } from './service-faults/zero.ts';

const FAULTS = [
  ...protocols,
  ...neverMade,
  ...localTraffic,
  ...namesOfServices,
  ...atZero,
  ...keptByHand,
  ...familiesOfOne,
  ...selection,
];

test(
  'each is the root of what it breaks, and what looks like it is quiet',
  { timeout: 1_200_000 },
  async ({ kube, dir, cli, diagnose, onTestFinished }) => {
    const made = placed(FAULTS);
    onTestFinished(async () => {
      for (const { namespace } of made) await kube.delete({ kind: 'Namespace', name: namespace });
    });
    await makeFaults(kube, made);
    const file = join(dir, 'faults.tar.gz');
    await cli(['capture', '-o', file, '--quiet', '--timeout', '240s']);
    const inside = made.filter((fault) => fault.inside === true);
    const within = join(dir, 'inside.tar.gz');
    const scope = inside.flatMap(({ namespace }) => ['-n', namespace]);
    await cli(['capture', '-o', within, '--quiet', '--timeout', '240s', '--allow-exec', ...scope]);
    holds(
      (await diagnose(file)).verdict,
      made.filter((fault) => !inside.includes(fault)),
    );
    holds((await diagnose(within)).verdict, inside);
  },
);
