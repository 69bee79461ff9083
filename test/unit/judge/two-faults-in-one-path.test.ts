/** Two faults in one path: both are kept, each with what follows from it, and what would stop the path next is said. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import type { KubeObject } from '../../support/evidence.ts';
import { verdictOf } from '../../support/judged.ts';
import { FAULTS, type FaultName } from '../../support/faults.ts';
import { endpoint, pod, service, slice } from '../../support/kube-objects.ts';

const PORTS = [{ port: 80, targetPort: 'http', protocol: 'TCP' }];
const OF_THE_SERVICE = new Set<unknown>(['Service', 'EndpointSlice']);

/** All of a made fault but its Service and that one's endpoints. */
function behind(name: FaultName): KubeObject[] {
  return FAULTS[name]('one').objects.filter((object) => !OF_THE_SERVICE.has(object['kind']));
}

const MISMATCH = 'service/selector-mismatch:Service/shop/one';
const PORT = 'service/target-port:Service/shop/one';

const EMPTY = 'service/no-endpoints:Service/shop/one';

/** What is wrong behind the Service, beside what is wrong with the Service itself: in its pods, or beneath them. */
const BEHIND = [
  'crash loop',
  'image that cannot be pulled',
  'config missing',
  'node lost',
  'no network on the node',
  'quota exceeded',
  'webhook without endpoints',
  'service account missing',
] as const satisfies readonly FaultName[];

/** Those that leave a pod there whose ports can be looked at. */
const WITHOUT: ReadonlySet<FaultName> = new Set([
  'quota exceeded',
  'webhook without endpoints',
  'service account missing',
]);
const WITH_PODS = BEHIND.filter((name) => !WITHOUT.has(name));

const causesOf = ({ findings }: Verdict, key: string): readonly string[] =>
  findings.find((one) => one.key === key)?.causes ?? [];
const masksOf = ({ findings }: Verdict, key: string): readonly string[] =>
  findings.find((one) => one.key === key)?.masks ?? [];

describe('a wrong selector before', () => {
  it.each(BEHIND)('%s: the selector alone empties the Service, and the other comes next', (name) => {
    const { root, logs = [] } = FAULTS[name]('one');
    const objects = [service('one', { app: 'one-v1' }), slice('one', [], { generation: 3 }), ...behind(name)];
    const verdict = verdictOf({ objects, logs });
    expect([verdict.errors, verdict.unexplained]).toEqual([[], []]);
    expect(verdict.roots).toEqual([MISMATCH, root]);
    expect(causesOf(verdict, EMPTY)).toEqual([MISMATCH]);
    expect(masksOf(verdict, MISMATCH)).toEqual([root]);
    expect(masksOf(verdict, root)).toEqual([]);
  });
});

describe('a port name that none declares, before', () => {
  it.each(WITH_PODS)('%s: each would do, so both are roots and both explain the empty Service', (name) => {
    const { root, logs = [] } = FAULTS[name]('one');
    const objects = [
      service('one', { app: 'one' }, { spec: { ports: PORTS } }),
      slice('one', [], { generation: 3, ports: [] }),
      ...behind(name),
    ];
    const verdict = verdictOf({ objects, logs });
    expect([verdict.errors, verdict.unexplained]).toEqual([[], []]);
    expect(verdict.roots).toEqual([PORT, root]);
    expect(causesOf(verdict, EMPTY)).toEqual(expect.arrayContaining([PORT, root]));
    expect(masksOf(verdict, PORT)).toEqual([root]);
  });
});

describe('a port name that the template does not declare, before there are pods', () => {
  it.each([...WITHOUT])('%s comes first, and the name stops the path next', (name) => {
    const { root, objects } = FAULTS[name]('one');
    const verdict = verdictOf({
      objects: [
        ...objects.filter((object) => object['kind'] !== 'Service'),
        service('one', { app: 'one' }, { spec: { ports: PORTS } }),
      ],
    });
    expect([verdict.errors, verdict.unexplained]).toEqual([[], []]);
    expect(verdict.roots).toEqual([root, PORT]);
    expect(causesOf(verdict, EMPTY)).not.toContain(PORT);
    expect([masksOf(verdict, root), masksOf(verdict, PORT)]).toEqual([[PORT], []]);
  });

  it('a wrong selector comes first too', () => {
    const { objects } = FAULTS['wrong selector']('one');
    const verdict = verdictOf({
      objects: [
        ...objects.filter((object) => object['kind'] !== 'Service'),
        service('one', { app: 'one-v1' }, { spec: { ports: PORTS } }),
      ],
    });
    expect([verdict.roots, verdict.unexplained]).toEqual([[MISMATCH, PORT], []]);
    expect([causesOf(verdict, EMPTY), masksOf(verdict, MISMATCH)]).toEqual([[MISMATCH], [PORT]]);
  });
});

describe('of pods and platform', () => {
  const lost = FAULTS['node lost']('one').root;
  const crash = FAULTS['crash loop']('one').root;
  const alone = (...name: FaultName[]): KubeObject[] =>
    name
      .flatMap((one) => FAULTS[one]('one').objects)
      .filter(({ kind }) => kind === 'Node' || kind === 'Lease');

  it('a pod that crashes on a node that is lost then: each alone stops the path', () => {
    const { objects, logs = [] } = FAULTS['crash loop']('one');
    const moved = objects.map((object) =>
      object['kind'] === 'Pod'
        ? { ...object, spec: { ...(object['spec'] as object), nodeName: 'node-one' } }
        : object,
    );
    const verdict = verdictOf({ objects: [...moved, ...alone('node lost')], logs });
    expect([verdict.errors, verdict.unexplained]).toEqual([[], []]);
    expect(verdict.roots.toSorted()).toEqual([crash, lost].toSorted());
    expect(masksOf(verdict, crash)).toEqual([lost]);
    expect(verdict.paths[0]?.layers).toMatchObject({ pod: 'fail', platform: 'fail' });
  });

  it('a pod that crashes while a quota refuses another: mending the crash is enough, and the quota empties nothing', () => {
    const { objects, logs = [] } = FAULTS['crash loop']('one');
    const refused = FAULTS['quota exceeded']('one');
    const more = objects.map((object) =>
      object['kind'] === 'Deployment' || object['kind'] === 'ReplicaSet'
        ? { ...object, spec: { ...(object['spec'] as object), replicas: 2 } }
        : object,
    );
    const quota = refused.objects.filter(({ kind }) => kind === 'ResourceQuota' || kind === 'Event');
    const verdict = verdictOf({ objects: [...more, ...quota], logs });
    expect([verdict.errors, verdict.unexplained]).toEqual([[], []]);
    expect(verdict.roots).toEqual([crash, refused.root]);
    expect(causesOf(verdict, EMPTY)).not.toContain(refused.root);
    expect(masksOf(verdict, crash)).toEqual([]);
    expect(verdict.paths[0]?.layers).toMatchObject({ pod: 'fail', platform: 'pass' });
  });

  it('a pod that is going while a quota refuses its replacement: the quota empties the Service', () => {
    const refused = FAULTS['quota exceeded']('one');
    const going = pod('one-a', {
      labels: { app: 'one' },
      owner: ['ReplicaSet', 'one-1'],
      ready: false,
      deleted: '14:29:40',
    });
    const verdict = verdictOf({ objects: [...refused.objects, going] });
    expect(verdict.roots).toEqual([refused.root]);
    expect(causesOf(verdict, EMPTY)).toContain(refused.root);
  });

  it('a quota that refuses one more of pods that serve breaks no path', () => {
    const refused = FAULTS['quota exceeded']('one');
    const objects = refused.objects.filter(({ kind }) => kind !== 'EndpointSlice');
    const verdict = verdictOf({
      objects: [
        ...objects.map((object) =>
          object['kind'] === 'ReplicaSet'
            ? { ...object, spec: { ...(object['spec'] as object), replicas: 2 } }
            : object,
        ),
        slice('one', [endpoint('one-a')], { generation: 3 }),
        pod('one-a', { labels: { app: 'one' }, owner: ['ReplicaSet', 'one-1'] }),
      ],
    });
    expect(verdict.roots).toEqual([refused.root]);
    expect(verdict.paths[0]).toMatchObject({
      layers: { pod: 'pass', platform: 'pass' },
      findings: [refused.root],
    });
  });
});

describe('two pods of one Service', () => {
  it('struck by two faults: both are roots, and neither alone explains that nothing is left', () => {
    const crash = FAULTS['crash loop']('one');
    const lost = FAULTS['node lost']('two');
    // The pod of the second is one of the first's Service as well.
    const objects = [
      ...crash.objects.filter(({ kind }) => kind !== 'EndpointSlice'),
      slice('one', [endpoint('one-a', { ready: false }), endpoint('two-a', { ready: false })], {
        generation: 3,
      }),
      ...lost.objects
        .filter(({ kind }) => kind !== 'Service' && kind !== 'EndpointSlice' && kind !== 'Pod')
        .concat(
          pod('two-a', {
            labels: { app: 'one' },
            owner: ['ReplicaSet', 'two-1'],
            ready: false,
            since: '14:10:40',
            reason: 'NodeNotReady',
            spec: { nodeName: 'node-two' },
          }),
        ),
    ];
    const verdict = verdictOf({ objects, logs: crash.logs ?? [] });
    expect(verdict.errors).toEqual([]);
    expect(verdict.roots.toSorted()).toEqual([crash.root, lost.root].toSorted());
    expect(causesOf(verdict, EMPTY)).toEqual(expect.arrayContaining([crash.root, lost.root]));
    // Once either is mended its pod serves: nothing stops the path next.
    expect(verdict.findings.flatMap(({ masks }) => masks)).toEqual([]);
  });
});
