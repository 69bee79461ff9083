/** Each kind of evidence taken from every recorded incident and from made faults: weaker or unknown, never another cause. */
import { describe, expect, it } from 'vitest';
import { evidenceFiles } from '../../support/evidence.ts';
import { FAULTS, type FaultName } from '../../support/faults.ts';
import { type Files, listEnded, recordedFiles, verdictOfFiles, without } from '../../support/recorded.ts';
import { lies } from '../../support/weaker.ts';

/** One way to lose evidence: what it is called, and what is left. */
type Loss = readonly [name: string, left: Files];

const LIST = /^resources\/[^/]+\/[^/]+\/[^/]+\//;

/** What one kind of evidence is: a list, a probe's results, an answer of a node, the logs of a pod, a whole folder. */
function kindOf(path: string): string[] {
  const [top = '', second = '', third = ''] = path.split('/');
  const list = LIST.exec(path)?.[0];
  if (list !== undefined) return [list];
  if (top === 'logs') return [`logs/${second}/`, `logs/${second}/${third}/`];
  if (top === 'nodes') return [`nodes/*/${third.split('.')[0]}`, `nodes/${second}/`];
  if (top === 'probes') return [`probes/${second.split('.')[0]}.`];
  return [path.includes('/') ? `${top}/` : path, path];
}

const within = (kind: string): ((path: string) => boolean) =>
  kind.startsWith('nodes/*/')
    ? (path) => new RegExp(`^nodes/[^/]+/${kind.slice('nodes/*/'.length)}\\.`).test(path)
    : (path) => path.startsWith(kind);

function losses(files: Files): Loss[] {
  const kinds = [...new Set([...files.keys()].flatMap(kindOf))].toSorted();
  const lists = kinds.filter((kind) => files.has(`${kind}list.json`));
  const tops = ['resources/', 'logs/', 'nodes/', 'probes/', 'changes/'];
  return [
    ...[...new Set([...kinds, ...tops])].map(
      (kind) => [`without ${kind}`, without(files, within(kind))] as const,
    ),
    ...lists.map((kind) => [`${kind} forbidden`, listEnded(files, kind, 'failed')] as const),
  ];
}

/** Long logs and metrics of cluster DNS decide nothing here and would only take time. */
const LONG = /^(logs\/kube-system|metrics|resources\/rbac\.authorization\.k8s\.io)\//;

for (const sample of ['readiness-on-dependency', 'target-port-rollout'] as const) {
  const files = await recordedFiles(sample, LONG);
  const whole = verdictOfFiles(files);
  describe(`the sample ${sample}`, () => {
    it('whole, has a root', () => {
      expect([whole.roots.length, whole.errors]).toEqual([1, []]);
    });
    it.each(losses(files))('%s', (_name, left) => {
      expect(lies(whole, verdictOfFiles(left))).toEqual([]);
    });
  });
}

describe.each(Object.keys(FAULTS) as FaultName[])('a made fault: %s', (name) => {
  const { root, ...given } = FAULTS[name]('one');
  const made = evidenceFiles(given as Parameters<typeof evidenceFiles>[0]);
  const files: Files = new Map([...made].map(([path, body]) => [path, Buffer.from(body)]));
  const whole = verdictOfFiles(files);
  it('whole, has its root', () => {
    expect(whole.roots).toEqual([root]);
  });
  it.each(losses(files))('%s', (_name, left) => {
    expect(lies(whole, verdictOfFiles(left))).toEqual([]);
  });
});

it('what is refused to a ReplicaSet whose Deployment is away is told of the ReplicaSet, less surely, and says so', () => {
  const { root, objects } = FAULTS['service account missing']('one');
  const made = evidenceFiles({ objects });
  const files: Files = new Map([...made].map(([path, body]) => [path, Buffer.from(body)]));
  const whole = verdictOfFiles(files);
  const less = verdictOfFiles(without(files, (path) => path.startsWith('resources/apps/v1/deployments/')));
  const told = less.findings.find(({ check }) => check === 'platform/admission');
  expect(whole.findings.find(({ key }) => key === root)?.confidence).toBe('certain');
  expect(told).toMatchObject({ key: 'platform/admission:ReplicaSet/shop/one-1', confidence: 'likely' });
  expect(told?.detail).toContain('ReplicaSet one-1 belongs to Deployment one, which is not in the bundle.');
});
