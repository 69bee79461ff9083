import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/workload-deleted.ts';
import { verdictOf as judged } from '../../../support/judged.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import {
  event,
  ingress,
  job,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
} from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const API = { app: 'api' };
const KEY = 'service/workload-deleted:Service/shop/api';
const LAST = 'endpoints.kubernetes.io/last-change-trigger-time';
const empty = slice('api', [], { generation: 4, annotations: { [LAST]: on('14:20:05') } });
const api = service('api', API);
const base = [api, empty, ingress('edge', 'api')];
const killing = (name: string, clock = '14:20:00'): KubeObject =>
  event('Pod', name, 'Killing', 'Stopping container app', clock);
const killed = [killing('api-5d9c7-x2x4z'), killing('api-5d9c7-b2d4f')];
const scaled = event(
  'Deployment',
  'api',
  'ScalingReplicaSet',
  'Scaled up replica set api-5d9c7 from 0 to 2',
  '13:50:00',
);

function deleted(object: KubeObject, clock: string): NonNullable<EvidenceGiven['changes']>[number] {
  const metadata = { ...(object['metadata'] as object), uid: 'the-workload' };
  return { at: on(clock), type: 'DELETED', object: { ...object, metadata } };
}

const orphan = (name: string, owner: Parameters<typeof pod>[1] & object): KubeObject => {
  const made = pod(name, { labels: { ...API, 'pod-template-hash': '5d9c7' }, deleted: '14:20:30', ...owner });
  return { ...made, metadata: { ...(made['metadata'] as object), deletionGracePeriodSeconds: 30 } };
};

const HPA: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'api', namespace: 'shop', uid: 'hpa' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } },
  status: {
    conditions: [
      {
        type: 'AbleToScale',
        status: 'False',
        reason: 'FailedGetScale',
        message: `the HPA controller was unable to get the target's current scale: deployments.apps "api" not found`,
        lastTransitionTime: on('14:20:10'),
      },
      { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
    ],
  },
};

const CLAIM: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data-api-0', namespace: 'shop', uid: 'claim', labels: API },
};

describe('fires', () => {
  it('on the end of pods whose Deployment is not there, and says when and who', () => {
    const finding = theFinding(check, [...base, scaled, ...killed]);
    expect(finding).toMatchObject({
      key: KEY,
      role: 'cause',
      severity: 'critical',
      confidence: 'likely',
      since: { from: '2026-05-01T14:20:00Z', to: '2026-05-01T14:20:00Z', basis: 'inferred' },
    });
    expect(finding.summary).toBe(
      'Service shop/api has no pods: Deployment api, which made them, was deleted at 2026-05-01T14:20:00Z',
    );
    expect(pointers(finding)).toEqual([
      'Service/api spec.selector = {"app":"api"}',
      'ScalingReplicaSet: Scaled up replica set api-5d9c7 from 0 to 2',
      'Killing: Stopping container app',
    ]);
  });

  it.each<[string, KubeObject[], string, string]>([
    [
      'the last word of its controller',
      [scaled],
      'likely',
      'Deployment api, which made them, was deleted between 2026-05-01T14:19:35Z and',
    ],
    [
      'the end of its pods alone',
      killed,
      'likely',
      'Deployment api, which made them, was deleted at 2026-05-01T14:20:00Z',
    ],
    ['its autoscaler', [HPA], 'likely', 'Deployment api, which made them, was deleted between'],
    ['claims of its pods', [CLAIM], 'likely', 'StatefulSet api, which made them, was deleted between'],
    [
      'a pod that goes, its ReplicaSet gone too',
      [orphan('api-5d9c7-x2x4z', { owner: ['ReplicaSet', 'api-5d9c7'] })],
      'certain',
      'Deployment api, which made them, was deleted at 2026-05-01T14:20:00Z',
    ],
    [
      'a pod that goes, of a StatefulSet',
      [orphan('api-0', { owner: ['StatefulSet', 'api'] })],
      'certain',
      'StatefulSet api, which made them, was deleted at 2026-05-01T14:20:00Z',
    ],
    [
      'a ReplicaSet that is left',
      [replicaSet('api', 1, API, '12:00:00', 2)],
      'certain',
      'Deployment api, which made them, was deleted between',
    ],
    [
      'its own deletion in the foreground',
      [workload('api', { pods: API, deleted: '14:20:00' })],
      'certain',
      'Deployment api, which made them, is being deleted since 2026-05-01T14:20:00Z',
    ],
    [
      'the time alone, at which the only others went',
      [killing('main-5d9c7-x2x4z')],
      'possible',
      'Deployment main, which may have made them, was deleted at',
    ],
  ])('on %s', (_, more, confidence, words) => {
    const finding = theFinding(check, [...base, ...more]);
    expect(finding.confidence).toBe(confidence);
    expect(finding.summary).toContain(words);
  });

  it('on what a watch saw go', () => {
    const finding = theFinding(check, base, {
      changes: [deleted(workload('till', { pods: API }), '14:30:04')],
    });
    expect(finding).toMatchObject({
      confidence: 'certain',
      since: { from: on('14:30:04'), basis: 'observed' },
    });
    expect(finding.summary).toContain('Deployment till, which made them, was deleted at');
  });

  it('as a warning where nobody is known to miss the Service', () => {
    expect(theFinding(check, [api, empty, ...killed]).severity).toBe('warning');
  });

  it('as the root that explains the empty Service, beside pods that are like it by little', () => {
    const tiers = [
      service('api', { app: 'shop', tier: 'api' }),
      empty,
      ingress('edge', 'api'),
      workload('worker', { pods: { app: 'shop', tier: 'worker' } }),
      replicaSet('worker', 1, { app: 'shop', tier: 'worker' }, '12:00:00', 1),
      pod('worker-1-a', {
        labels: { name: 'worker', app: 'shop', tier: 'worker' },
        owner: ['ReplicaSet', 'worker-1'],
      }),
    ];
    for (const objects of [
      [...base, ...killed],
      [...tiers, ...killed],
    ]) {
      const verdict = judged({ objects });
      expect(verdict.roots).toEqual([KEY]);
      expect(verdict.unexplained).toEqual([]);
      expect(verdict.suspects[KEY]?.map(({ summary }) => summary)).not.toContainEqual(
        expect.stringContaining('Deployment api is gone'),
      );
      expect(verdict.findings.find((one) => one.check === 'service/no-endpoints')?.causes).toEqual([KEY]);
    }
  });
});

/** The same of a kind of that name in another group. */
function ofKruise(object: KubeObject): KubeObject {
  const of = (one: unknown): object => ({ ...(one as object), apiVersion: 'apps.kruise.io/v1beta1' });
  const { metadata, involvedObject } = object as {
    metadata: { ownerReferences?: unknown[] };
    involvedObject?: unknown;
  };
  const { ownerReferences } = metadata;
  return {
    ...object,
    metadata: { ...metadata, ...(ownerReferences && { ownerReferences: ownerReferences.map(of) }) },
    ...(involvedObject === undefined ? {} : { involvedObject: of(involvedObject) }),
  };
}

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    [
      'a pod that goes, of a StatefulSet that is not of apps',
      [ofKruise(orphan('api-0', { owner: ['StatefulSet', 'api'] }))],
    ],
    [
      'what a StatefulSet did that is not of apps',
      [ofKruise(event('StatefulSet', 'api', 'SuccessfulCreate', 'create Pod api-0 successful', '14:00:00'))],
    ],
    ['nothing that tells of a workload', []],
    ['a workload that is there', [workload('api', { pods: API }), ...killed]],
    ['one scaled to zero', [workload('api', { pods: API, replicas: 0 }), scaled, ...killed]],
    [
      'one made anew under another name, whose pods nearly match',
      [
        workload('api-v2', { pods: { app: 'api-v2' } }),
        pod('api-v2-a', { labels: { app: 'api-v2' } }),
        ...killed,
      ],
    ],
    ['pods that live', [pod('api-a', { labels: API }), ...killed]],
    ['what Jobs made', [job('api', API), ...killed]],
    [
      'pods that went before the Service was emptied',
      [killing('api-5d9c7-x2x4z', '13:00:00'), workload('other', { pods: { app: 'x' } })],
    ],
    ['two that went together, called otherwise', [killing('main-5d9c7-x2x4z'), killing('side-5d9c7-x2x4z')]],
    [
      'pods of what still has a ReplicaSet, which something else than a Deployment may manage',
      [
        killing('api-5d9c7-x2x4z'),
        { ...replicaSet('api', 1, { app: 'other' }, '12:00:00', 0), kind: 'ReplicaSet' },
      ],
    ],
    [
      'an autoscaler whose target there never was',
      [
        {
          ...HPA,
          status: { conditions: (HPA['status'] as { conditions: unknown[] }).conditions.slice(0, 1) },
        },
      ],
    ],
    [
      'claims of another StatefulSet',
      [{ ...CLAIM, metadata: { ...(CLAIM['metadata'] as object), name: 'data-other-0' } }],
    ],
  ])('on %s', (_, more) => {
    expect(findings(check, [...base, ...more])).toEqual([]);
  });

  it('on a Service that never had endpoints, whatever is called like it', () => {
    expect(findings(check, [api, slice('api', []), ingress('edge', 'api'), scaled, ...killed])).toEqual([]);
  });

  it('on a namespace that is being deleted', () => {
    const shop = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', uid: 'ns', deletionTimestamp: on('14:20:00') },
    };
    expect(findings(check, [...base, shop, ...killed])).toEqual([]);
  });

  it('on a variant left behind that nobody asks for, while another serves', () => {
    const green = service('green', { app: 'api', color: 'green' });
    const blue = [
      service('blue', { app: 'api', color: 'blue' }),
      workload('blue', { pods: { app: 'api', color: 'blue' } }),
      pod('blue-a', { labels: { app: 'api', color: 'blue' } }),
    ];
    const gone = killing('green-5d9c7-x2x4z');
    expect(findings(check, [green, slice('green', [], { generation: 4 }), ...blue, gone])).toEqual([]);
  });
});

describe('unknown', () => {
  it.each(['events', 'apps/statefulsets', 'apps/daemonsets', 'apps/deployments'])(
    'where %s could not be listed',
    (resource) => {
      const verdict = verdictOf(check, { objects: base, lists: { [resource]: 'forbidden' } });
      expect(verdict.findings).toEqual([]);
      expect(verdict.checks[0]?.outcome).toBe('unknown');
    },
  );
});
