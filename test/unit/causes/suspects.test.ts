/** What changed before: every kind of change that a bundle can tell of is found, dated and named; what is far counts less. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../analyze/judge.ts';
import type { Suspect } from '../../../analyze/model/verdict.ts';
import { storeFrom, type KubeObject } from '../../support/evidence.ts';
import { event, on, pod, replicaSet, service, workload, write } from '../../support/kube-objects.ts';
import { node } from '../../support/nodes.ts';
import { at, check, found } from './findings.ts';

const PAY = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'pay' };

/** What a finding on Deployment pay that began at 14:10:00 has for suspects. */
function suspects(objects: readonly KubeObject[], object: typeof PAY | KubeObject = PAY): readonly Suspect[] {
  const store = storeFrom({ objects });
  const ref = object as typeof PAY;
  try {
    const verdict = judge(store, [
      check('service/a', {
        run: () => [{ outcome: 'fail', finding: found(ref, { since: at('14:10:00') }) }],
      }),
    ]);
    return Object.values(verdict.suspects)[0] ?? [];
  } finally {
    store.close();
  }
}

const told = (objects: readonly KubeObject[], object?: KubeObject): Array<[string, string, string]> =>
  suspects(objects, object).map(({ at: when, summary, basis }) => [when.slice(11, 19), summary, basis]);

const pay = workload('pay', { pods: { app: 'pay' } });
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

describe('a delivery', () => {
  it('by Helm is read from the labels of its Secrets', () => {
    const release = (version: number, status: string, clock: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'helm.sh/release.v1',
      metadata: {
        name: `sh.helm.release.v1.pay.v${version}`,
        namespace: 'shop',
        uid: `helm-${version}`,
        creationTimestamp: on(clock),
        labels: {
          modifiedAt: String(Date.parse(on('14:09:50')) / 1000),
          name: 'pay',
          owner: 'helm',
          status,
          version: String(version),
        },
        managedFields: [write('helm', '14:09:50', 'metadata.labels')],
      },
    });
    const delivered = workload('pay', {
      pods: { app: 'pay' },
      annotations: { 'meta.helm.sh/release-name': 'pay', 'meta.helm.sh/release-namespace': 'shop' },
    });
    expect(
      told([delivered, release(6, 'superseded', '12:30:00'), release(7, 'pending-upgrade', '14:04:00')]),
    ).toEqual([
      [
        '14:04:00',
        'Helm upgraded or rolled back release pay: revision 7, pending-upgrade (under way, or cut short)',
        'observed',
      ],
      ['12:30:00', 'Helm upgraded or rolled back release pay: revision 6, superseded', 'observed'],
    ]);
  });

  it('by Argo CD is read from the Application’s history and its operation', () => {
    const application: KubeObject = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'shop', namespace: 'argocd', uid: 'a', creationTimestamp: on('10:00:00') },
      spec: {
        destination: { namespace: 'shop', server: 'https://kubernetes.default.svc' },
        project: 'default',
        source: { path: 'shop', repoURL: 'https://git.example/shop.git', targetRevision: 'main' },
      },
      status: {
        health: { status: 'Degraded' },
        history: [
          {
            deployStartedAt: on('07:00:00'),
            deployedAt: on('07:00:02'),
            id: 0,
            initiatedBy: { automated: true },
            revision: '1111111111111111111111111111111111111111',
            source: { path: 'shop', repoURL: 'https://git.example/shop.git', targetRevision: 'main' },
          },
          {
            deployStartedAt: on('14:01:00'),
            deployedAt: on('14:01:04'),
            id: 1,
            initiatedBy: { username: 'ada' },
            revision: 'e5585fcf22366e2d066e0936cbd8a0508756d02d',
            source: { path: 'shop', repoURL: 'https://git.example/shop.git', targetRevision: 'main' },
          },
        ],
        operationState: {
          finishedAt: on('14:05:10'),
          message: 'one or more objects failed to apply',
          operation: {
            initiatedBy: { automated: true },
            sync: { revision: '2222222222222222222222222222222222222222' },
          },
          phase: 'Failed',
          startedAt: on('14:05:00'),
        },
        resources: [
          {
            group: 'apps',
            kind: 'Deployment',
            name: 'pay',
            namespace: 'shop',
            status: 'Synced',
            version: 'v1',
          },
        ],
        sync: { revision: '2222222222222222222222222222222222222222', status: 'OutOfSync' },
      },
    };
    expect(told([pay, application])).toEqual([
      [
        '14:05:00',
        'Argo CD began to sync Application shop to 2222222: Failed (one or more objects failed to apply), by itself',
        'observed',
      ],
      ['14:01:00', 'Argo CD synced Application shop to e5585fc, begun by ada', 'observed'],
    ]);
  });

  const kustomization = (status: object): KubeObject => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', namespace: 'flux-system', uid: 'k', creationTimestamp: on('10:00:00') },
    spec: {
      interval: '10m',
      path: './apps',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'shop' },
    },
    status: {
      conditions: [
        {
          lastTransitionTime: on('14:02:00'),
          message: 'Applied revision: main@sha1:e5585fcf22366e2d066e0936cbd8a0508756d02d',
          observedGeneration: 1,
          reason: 'ReconciliationSucceeded',
          status: 'True',
          type: 'Ready',
        },
      ],
      inventory: { entries: [{ id: 'shop_pay_apps_Deployment', v: 'v1' }] },
      lastAppliedRevision: 'main@sha1:e5585fcf22366e2d066e0936cbd8a0508756d02d',
      lastAttemptedRevision: 'main@sha1:e5585fcf22366e2d066e0936cbd8a0508756d02d',
      ...status,
    },
  });

  it('by Flux is read from the Kustomization’s history, and only its first reconciliation is a change', () => {
    const snapshot = (first: string, times: number, revision: string): object => ({
      digest: `sha256:${revision}`,
      firstReconciled: on(first),
      lastReconciled: on('14:09:55'),
      lastReconciledDuration: '30s',
      lastReconciledStatus: 'ReconciliationSucceeded',
      metadata: { revision: `main@sha1:${revision}` },
      totalReconciliations: times,
    });
    const history = [
      snapshot('14:02:30', 1, 'e5585fcf22366e2d066e0936cbd8a0508756d02d'),
      snapshot('13:00:00', 7, '1111111111111111111111111111111111111111'),
    ];
    expect(told([pay, kustomization({ history })])).toEqual([
      [
        '14:02:00',
        'Flux applied Kustomization apps at main@sha1:e5585fc: ReconciliationSucceeded',
        'observed',
      ],
      [
        '13:00:00',
        'Flux applied Kustomization apps at main@sha1:1111111: ReconciliationSucceeded',
        'observed',
      ],
    ]);
  });

  it('by a Flux without histories is dated by its condition', () => {
    expect(told([pay, kustomization({})])).toEqual([
      [
        '14:02:00',
        'Flux reconciled Kustomization apps at main@sha1:e5585fc: ReconciliationSucceeded',
        'inferred',
      ],
    ]);
  });

  it('by Flux and Helm is read from the HelmRelease’s history', () => {
    const release: KubeObject = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'pay', namespace: 'shop', uid: 'hr', creationTimestamp: on('10:00:00') },
      spec: {
        interval: '10m',
        chart: { spec: { chart: 'pay', sourceRef: { kind: 'HelmRepository', name: 'shop' } } },
      },
      status: {
        history: [
          {
            appVersion: '2.0.0',
            chartName: 'pay',
            chartVersion: '1.4.2',
            configDigest: 'sha256:aa',
            digest: 'sha256:bb',
            firstDeployed: on('10:00:10'),
            lastDeployed: on('14:03:00'),
            name: 'pay',
            namespace: 'shop',
            status: 'deployed',
            version: 7,
          },
        ],
        storageNamespace: 'shop',
      },
    };
    const labels = { 'helm.toolkit.fluxcd.io/name': 'pay', 'helm.toolkit.fluxcd.io/namespace': 'shop' };
    expect(told([workload('pay', { pods: { app: 'pay' }, labels }), release])).toEqual([
      ['14:03:00', 'Flux deployed HelmRelease pay: revision 7, chart pay 1.4.2, deployed', 'observed'],
    ]);
  });

  it('elsewhere is no suspect', () => {
    const other = kustomization({ inventory: { entries: [{ id: 'other_web_apps_Deployment', v: 'v1' }] } });
    expect(told([pay, service('pay', { app: 'pay' }), other])).toEqual([]);
  });
});
