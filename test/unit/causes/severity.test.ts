/** How bad a finding is: by what those who ask lose, whatever the layer of the fault. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import type { EvidenceGiven, KubeObject } from '../../support/evidence.ts';
import { FAULTS, type Fault, type FaultName } from '../../support/faults.ts';
import { verdictOf } from '../../support/judged.ts';
import { endpoint, ingress, pod, replicaSet, slice, workload } from '../../support/kube-objects.ts';

/** Faults that leave Service `one` without anything that answers. */
const EMPTYING = [
  'wrong selector',
  'crash loop',
  'image that cannot be pulled',
  'unknown port name',
  'node lost',
  'quota exceeded',
  'webhook without endpoints',
  'no network on the node',
] as const satisfies readonly FaultName[];

const client = workload('cart', {
  pods: { app: 'cart' },
  containers: [{ name: 'app', env: [{ name: 'URL', value: 'http://one:80' }] }],
});

function judged(
  { objects, logs = [] }: Fault,
  more: readonly KubeObject[],
  given: EvidenceGiven = {},
): Verdict {
  return verdictOf({ ...given, objects: [...objects, ...more], logs });
}
const severities = ({ findings }: Verdict, keys: readonly string[]): string[] =>
  findings.flatMap(({ key, severity }) => (keys.includes(key) ? [severity] : []));

describe.each(EMPTYING)('%s', (name) => {
  const fault = FAULTS[name]('one');
  const keys = [fault.root, 'service/no-endpoints:Service/shop/one'];

  it('is critical, with all that follows, where a client or an edge is cut off', () => {
    expect(severities(judged(fault, [client]), keys)).toEqual(['critical', 'critical']);
    expect(severities(judged(fault, [ingress('front', 'one')]), keys)).toEqual(['critical', 'critical']);
  });

  it('warns where nobody is known to ask, and says so', () => {
    const verdict = judged(fault, []);
    expect(severities(verdict, keys)).toEqual(['warning', 'warning']);
    const root = verdict.findings.find(({ key }) => key === fault.root);
    expect(root?.detail).toContain('nobody in the bundle is known to come along what it breaks');
  });

  it('stays as its check has it where who asks cannot be told', () => {
    const blind = judged(fault, [], { lists: { 'networking.k8s.io/ingresses': 'forbidden' } });
    expect(severities(blind, [fault.root])).toEqual(['critical']);
  });
});

describe('capacity that is lost while the path serves', () => {
  const twin = pod('one-b', {
    labels: { app: 'one' },
    owner: ['ReplicaSet', 'one-1'],
    spec: { nodeName: 'node-1' },
  });
  const serving = slice('one', [endpoint('one-a', { ready: false }), endpoint('one-b')], { generation: 3 });

  it.each(['crash loop', 'node lost', 'image that cannot be pulled'] as const)('by %s warns', (name) => {
    const fault = FAULTS[name]('one');
    const objects = fault.objects.filter(({ kind }) => kind !== 'EndpointSlice');
    const verdict = judged({ ...fault, objects }, [serving, twin, client]);
    const found = verdict.findings.filter(({ role }) => role !== 'advice');
    expect(found.map(({ key }) => key)).toContain(fault.root);
    expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(['warning']));
  });
});

describe('pods that a rollout lacks while those of before serve', () => {
  it.each(['quota exceeded', 'webhook without endpoints', 'service account missing'] as const)(
    'by %s warn',
    (name) => {
      const fault = FAULTS[name]('one');
      const objects = [
        ...fault.objects.filter(({ kind }) => kind !== 'EndpointSlice'),
        replicaSet('one', 0, { app: 'one' }, '11:00:00', 1),
        pod('one-b', { labels: { app: 'one' }, owner: ['ReplicaSet', 'one-0'] }),
        slice('one', [endpoint('one-b')], { generation: 3 }),
      ];
      const { findings } = judged({ ...fault, objects }, [client]);
      const found = findings.filter(({ role }) => role !== 'advice');
      expect(found.map(({ key }) => key)).toContain('pod/not-created:Deployment/shop/one');
      expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(['warning']));
    },
  );
});

describe('what is on no path', () => {
  it('is as bad as its check has it: a worker that nothing asks is down all the same', () => {
    const fault = FAULTS['crash loop']('one');
    const objects = fault.objects.filter(({ kind }) => kind !== 'Service' && kind !== 'EndpointSlice');
    expect(severities(judged({ ...fault, objects }, []), [fault.root])).toEqual(['critical']);
  });
});
