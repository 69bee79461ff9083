/** What changed before: every kind of change that a bundle can tell of is found, dated and named; what is far counts less. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../support/evidence.ts';
import { event, on, pod, replicaSet, workload, write } from '../../support/kube-objects.ts';
import { node } from '../../support/nodes.ts';
import { pay, PAY, told } from './suspected.ts';

const pods = [pod('pay-a', { labels: { app: 'pay', name: 'pay' }, owner: ['ReplicaSet', 'pay-1'] })];

function template(object: KubeObject, more: { annotations?: object; image?: string }): KubeObject {
  const spec = object['spec'] as { template: { metadata: object } };
  return {
    ...object,
    spec: {
      ...spec,
      template: {
        metadata: { ...spec.template.metadata, annotations: more.annotations ?? {} },
        spec: { containers: [{ name: 'app', image: more.image ?? 'app:1' }] },
      },
    },
  };
}

describe('a rollout', () => {
  const first = template(replicaSet('pay', 1, { app: 'pay' }, '12:00:00'), {});

  it('is named with what it changed', () => {
    const second = template(replicaSet('pay', 2, { app: 'pay' }, '14:05:00', 1), { image: 'app:2' });
    expect(told([pay, first, second])).toEqual([
      [
        '14:05:00',
        'Deployment pay rolled out revision 2 (ReplicaSet pay-2): image app: app:1 → app:2',
        'inferred',
      ],
    ]);
  });

  it('that only restarts is called a restart', () => {
    const second = template(replicaSet('pay', 2, { app: 'pay' }, '14:05:00', 1), {
      annotations: { 'kubectl.kubernetes.io/restartedAt': on('14:05:00') },
    });
    expect(told([pay, first, second])).toEqual([
      ['14:05:00', 'Deployment pay was restarted: revision 2 (ReplicaSet pay-2)', 'inferred'],
    ]);
  });

  it('counts though the revision before it is not kept', () => {
    const kept = template(replicaSet('pay', 7, { app: 'pay' }, '14:05:00', 1), {});
    expect(told([pay, kept])[0]?.[1]).toBe('Deployment pay rolled out revision 7 (ReplicaSet pay-7)');
  });

  it('of a StatefulSet is dated by its ControllerRevision', () => {
    const revision = (number: number, created: string, image: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `db-${number}`,
        namespace: 'shop',
        uid: `db-${number}`,
        creationTimestamp: on(created),
        labels: { app: 'db' },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'shop-db', controller: true },
        ],
      },
      data: {
        spec: {
          template: {
            $patch: 'replace',
            metadata: { labels: { app: 'db' } },
            spec: { containers: [{ name: 'app', image }] },
          },
        },
      },
      revision: number,
    });
    const db = workload('db', { kind: 'StatefulSet', pods: { app: 'db' } });
    expect(
      told([db, revision(1, '12:00:00', 'pg:17'), revision(2, '14:01:00', 'pg:18')], {
        ...PAY,
        kind: 'StatefulSet',
        name: 'db',
      }),
    ).toEqual([
      [
        '14:01:00',
        'StatefulSet db rolled out revision 2 (ControllerRevision db-2): image app: pg:17 → pg:18',
        'inferred',
      ],
    ]);
  });
});

describe('scaling', () => {
  it('by an autoscaler is read from the autoscaler', () => {
    const hpa: KubeObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'pay', namespace: 'shop', uid: 'h', creationTimestamp: on('12:00:00') },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'pay' }, maxReplicas: 9 },
    };
    const message = 'New size: 1; reason: All metrics below target';
    expect(
      told([pay, hpa, event('HorizontalPodAutoscaler', 'pay', 'SuccessfulRescale', message, '14:03:00')]),
    ).toEqual([['14:03:00', `HorizontalPodAutoscaler pay: ${message}`, 'observed']]);
  });
});

describe('a write', () => {
  const config = (name: string, clock: string, more: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      creationTimestamp: on('12:00:00'),
      managedFields: [write('kubectl-edit', clock, 'data')],
      ...more,
    },
  });
  const using = workload('pay', {
    pods: { app: 'pay' },
    containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'settings' } }] }],
  });

  it('to what the workload uses goes before one to what it merely lives beside', () => {
    expect(told([using, config('settings', '14:07:00'), config('other', '14:09:00')])).toEqual([
      ['14:07:00', 'kubectl-edit wrote ConfigMap settings', 'inferred'],
      ['14:09:00', 'kubectl-edit wrote ConfigMap other', 'inferred'],
    ]);
  });

  it('much nearer in time goes before one to what it uses', () => {
    expect(told([using, config('settings', '12:07:00'), config('other', '14:09:00')])[0]?.[1]).toBe(
      'kubectl-edit wrote ConfigMap other',
    );
  });

  it('of a leader’s lock is none', () => {
    const annotations = { 'control-plane.alpha.kubernetes.io/leader': '{"holderIdentity":"a"}' };
    expect(told([pay, config('leader', '14:09:59', { annotations })])).toEqual([]);
  });

  it('to a policy of the namespace or of the whole cluster counts', () => {
    const policy = (apiVersion: string, kind: string, clock: string, namespace?: string): KubeObject => ({
      apiVersion,
      kind,
      metadata: {
        name: 'deny',
        ...(namespace === undefined ? {} : { namespace }),
        uid: `${kind}-${namespace ?? ''}`,
        creationTimestamp: on(clock),
        managedFields: [write('kubectl-client-side-apply', clock, 'spec')],
      },
    });
    expect(
      told([
        pay,
        policy('networking.k8s.io/v1', 'NetworkPolicy', '14:09:00', 'shop'),
        policy('networking.k8s.io/v1', 'NetworkPolicy', '14:09:30', 'elsewhere'),
        policy('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', '14:08:00'),
        policy('cilium.io/v2', 'CiliumClusterwideNetworkPolicy', '14:07:00'),
      ]).map(([, summary]) => summary),
    ).toEqual([
      'kubectl-client-side-apply created NetworkPolicy deny',
      'kubectl-client-side-apply created AdminNetworkPolicy deny',
      'kubectl-client-side-apply created CiliumClusterwideNetworkPolicy deny',
    ]);
  });
});

describe('a node', () => {
  it('under the pods is told of: joined, tainted, rebooted', () => {
    const made = node('node-1') as { metadata: object; spec?: object };
    const tainted: KubeObject = {
      ...made,
      metadata: { ...made.metadata, creationTimestamp: on('14:02:00') },
      spec: {
        taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: on('14:08:00') }],
      },
    };
    const rebooted = {
      ...event('Node', 'node-1', 'Rebooted', 'Node node-1 has been rebooted, boot id: 1', '14:06:00'),
      involvedObject: { kind: 'Node', name: 'node-1', uid: 'node-1' },
    };
    expect(
      told([pay, replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1), ...pods, tainted, rebooted]),
    ).toEqual([
      ['14:08:00', 'Node node-1 was tainted node.kubernetes.io/unreachable:NoExecute', 'observed'],
      ['14:06:00', 'Node node-1: Node node-1 has been rebooted, boot id: 1', 'observed'],
      ['14:02:00', 'Node node-1 joined the cluster', 'observed'],
    ]);
  });

  it('that is itself at fault has suspects too', () => {
    const made = node('node-1') as { metadata: object };
    const cordoned: KubeObject = {
      ...made,
      metadata: {
        ...made.metadata,
        creationTimestamp: on('06:00:00'),
        managedFields: [write('kubectl-cordon', '14:09:00', 'spec.unschedulable')],
      },
    };
    expect(told([cordoned], { apiVersion: 'v1', kind: 'Node', name: 'node-1' })).toEqual([
      ['14:09:00', 'kubectl-cordon wrote Node node-1', 'inferred'],
    ]);
  });
});
