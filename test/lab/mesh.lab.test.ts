/** Faults of a mesh, caused with a real Envoy in pods of Istio's form, beside what its access log shows of others' faults. */
import { expect } from 'vitest';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { test } from './fixture.ts';
import { MESH_FAULTS } from './mesh/all.ts';
import { ensureMeshImage } from './mesh/image.ts';
import { PEER_AUTHENTICATIONS } from './mesh/peer-authentication.ts';
import type { MeshFault } from './mesh/scene.ts';
import { causeAll, holds, verdictOn } from './pod-faults/holds.ts';
import { placed, type Placed } from './pod-faults/play.ts';

const report = (line: string): void => void process.stderr.write(`lab: ${line}\n`);

/** Keys of all that follows from this finding. */
function following({ findings }: Verdict, root: string): Set<string> {
  const found = new Set([root]);
  for (const above of found)
    for (const { key, causes } of findings) if (causes.includes(above)) found.add(key);
  return found;
}

/** What the first root of a fault must explain and does not. */
function unexplainedBy(
  verdict: Verdict,
  { namespace, roots = [], explains = [] }: MeshFault & Placed,
): string[] {
  const key = (one: string): string => one.replaceAll('NS', namespace);
  const found = following(verdict, key(roots[0] ?? ''));
  return explains.map(key).filter((one) => !found.has(one));
}

test(
  'a mesh is the root of what it breaks, and of nothing that its access log merely shows',
  { timeout: 1_200_000 },
  async ({ lab, kube, dir, cli, diagnose, onTestFinished }) => {
    await ensureMeshImage(lab, report);
    await kube.apply(PEER_AUTHENTICATIONS);
    const bench = { kube, dir, cli, diagnose, onTestFinished };
    const made = placed(MESH_FAULTS).map((one, index) => ({ ...MESH_FAULTS[index], ...one }));
    await causeAll(bench, made);
    const within = made.filter(({ inside }) => inside === true);
    const outside = made.filter((fault) => !within.includes(fault));
    for (const [faults, ...flags] of [[outside], [within, '--allow-exec']] as const) {
      const verdict = await verdictOn(bench, faults, ...flags);
      holds(verdict, faults);
      expect(faults.flatMap((fault) => unexplainedBy(verdict, fault))).toEqual([]);
    }
  },
);
