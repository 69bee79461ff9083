/** Suspects that tools of delivery tell of: Helm, Argo CD and Flux, in the form in which they keep their histories. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../support/evidence.ts';
import { on, service, workload, write } from '../../support/kube-objects.ts';
import { pay, told } from './suspected.ts';

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
