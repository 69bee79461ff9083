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

/** What is wrong behind the Service, beside what is wrong with the Service itself. */
const BEHIND = ['crash loop', 'node lost', 'no network on the node'] as const satisfies readonly FaultName[];

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
    // Where a pod did not even start, nothing was found on the pod that the path could be stopped by.
    expect(masksOf(verdict, MISMATCH)).toEqual(name === 'no network on the node' ? [] : [root]);
  });
});

describe('a port name that none declares, before', () => {
  it.each(BEHIND)('%s: each would do, so both are roots and both explain the empty Service', (name) => {
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
  });
});
