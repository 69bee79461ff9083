/** How bad a finding is: by what those who ask lose, whatever the layer of the fault. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import type { EvidenceGiven, KubeObject } from '../../support/evidence.ts';
import { FAULTS, type Fault, type FaultName } from '../../support/faults.ts';
import { verdictOf } from '../../support/judged.ts';
import {
  endpoint,
  ingress,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
} from '../../support/kube-objects.ts';

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

/** Those that leave a trace of when it answered: pods that were Ready, a rollout that took them away. */
const ANSWERED: ReadonlySet<FaultName> = new Set(['wrong selector', 'crash loop', 'node lost']);

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

  it('where nobody is known to ask, is critical if it answered of late, and says which', () => {
    const verdict = judged(fault, []);
    const lost = ANSWERED.has(name);
    expect(severities(verdict, keys)).toEqual(lost ? ['critical', 'critical'] : ['warning', 'warning']);
    const root = verdict.findings.find(({ key }) => key === fault.root);
    expect(root?.detail).toContain(
      lost
        ? 'Critical although nobody in the bundle is known to ask: Service shop/one answered until'
        : 'nobody in the bundle is known to come along what it breaks',
    );
  });

  it('stays as its check has it where who asks cannot be told', () => {
    const blind = judged(fault, [], { lists: { 'networking.k8s.io/ingresses': 'forbidden' } });
    expect(severities(blind, [fault.root])).toEqual(['critical']);
  });
});

describe('that a Service answered of late', () => {
  const KEY = 'service/no-endpoints:Service/shop/one';
  const of = (...objects: KubeObject[]): string[] =>
    severities(
      verdictOf({
        objects: [service('one', { app: 'one' }), workload('one', { pods: { app: 'one' } }), ...objects],
      }),
      [KEY],
    );
  const slot = (ready: boolean): KubeObject =>
    slice('one', [endpoint('one-a', { ready, serving: ready, terminating: false })], { generation: 3 });
  const unready = (more: Parameters<typeof pod>[1]): KubeObject =>
    pod('one-a', { labels: { app: 'one' }, owner: ['ReplicaSet', 'one-1'], ready: false, ...more });
  const dying = (restartCount: number, from: string, to: string): Parameters<typeof pod>[1] => ({
    since: to,
    container: {
      ready: false,
      restartCount,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: on(from), finishedAt: on(to) } },
    },
  });

  it.each<[string, string, KubeObject[]]>([
    ['critical', 'a pod that was Ready', [slot(false), unready({ since: '14:05:00' })]],
    ['warning', 'a pod that never was', [slot(false), unready({})]],
    ['warning', 'a pod that never ran', [slot(false), unready({ since: '14:05:00', phase: 'Pending' })]],
    ['warning', 'one that was two days ago', [slot(false), old(unready({}))]],
    // From birth on, 30 times in two hours and a half: Ready for the second before each death.
    [
      'warning',
      'one that dies at once, since it was made',
      [slot(false), unready(dying(30, '14:28:00', '14:28:01'))],
    ],
    [
      'critical',
      'one that dies at once, and cannot have all the time',
      [slot(false), unready(dying(5, '14:28:00', '14:28:01'))],
    ],
    ['critical', 'one whose last run lasted', [slot(false), unready(dying(30, '14:20:00', '14:28:00'))]],
    [
      'critical',
      'a Deployment that was Available',
      [slice('one', [], { generation: 3 }), available('14:10:00')],
    ],
    ['warning', 'a Deployment that never was', [slice('one', [], { generation: 3 }), available('12:00:00')]],
  ])('is %s after %s', (severity, _, objects) => {
    const deployments = objects.filter(({ kind }) => kind === 'Deployment');
    const found = deployments.length > 0 ? verdictWith(objects) : of(...objects);
    expect(found).toEqual([severity]);
  });

  function verdictWith(objects: readonly KubeObject[]): string[] {
    return severities(verdictOf({ objects: [service('one', { app: 'one' }), ...objects] }), [KEY]);
  }
  function available(since: string): KubeObject {
    const conditions = [{ type: 'Available', status: 'False', lastTransitionTime: on(since) }];
    return { ...workload('one', { pods: { app: 'one' } }), status: { replicas: 0, conditions } };
  }
  function old(made: KubeObject): KubeObject {
    const text = JSON.stringify(made).replaceAll('2026-05-01T12:00:00Z', '2026-04-28T12:00:00Z');
    const [before, after] = text.split('"lastTransitionTime":"2026-04-28T12');
    return JSON.parse(`${before}"lastTransitionTime":"2026-04-29T12${after}`) as KubeObject;
  }
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
