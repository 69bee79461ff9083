import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/quota.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, pod, replicaSet, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const owners = [workload('pay', { pods: PAY, replicas: 2 }), replicaSet('pay', 1, PAY, '12:00:00', 2)];
const labels = { name: 'pay', ...PAY };
const one = pod('pay-a', { labels, owner: ['ReplicaSet', 'pay-1'] });
const quota: KubeObject = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'team', namespace: 'shop', uid: 'q' },
  spec: { hard: { pods: '1' } },
  status: { hard: { pods: '1' }, used: { pods: '1' } },
};
const range: KubeObject = {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'bounds', namespace: 'shop', uid: 'l' },
  spec: { limits: [{ type: 'Container', max: { cpu: '500m' } }] },
};

function failed(message: string, clock = '14:20:00'): KubeObject {
  return event('ReplicaSet', 'pay-1', 'FailedCreate', `Error creating: ${message}`, clock, {
    type: 'Warning',
  });
}
const exceeded = failed(
  'pods "pay-1-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=1, limited: pods=1',
);

describe('fires', () => {
  it('on what does not say how much it wants, with what to set', () => {
    const must = failed('pods "pay-1-x" is forbidden: failed quota: team: must specify limits.cpu for: app');
    expect(theFinding(check, [...owners, one, quota, must]).remedy.summary).toContain(
      'Set what it names in the pod template',
    );
  });

  it('on a rollout that may take no pod away before the next is made, with how it may', () => {
    const rollout = [
      workload('pay', { pods: PAY, replicas: 1 }),
      replicaSet('pay', 1, PAY, '12:00:00', 1),
      replicaSet('pay', 2, PAY, '14:00:00', 1),
    ];
    const refused = event(
      'ReplicaSet',
      'pay-2',
      'FailedCreate',
      'Error creating: pods "pay-2-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=1, limited: pods=1',
      '14:20:00',
      { type: 'Warning' },
    );
    const finding = theFinding(check, [...rollout, one, quota, refused]);
    expect(finding.detail).toContain('The rollout waits for itself: pay-a, of the revision before');
    expect(finding.remedy.mend[0]).toContain('patch deployment pay');
    const [deployment, ...rest] = rollout;
    const may = {
      ...deployment,
      spec: { ...(deployment?.['spec'] as object), strategy: { rollingUpdate: { maxUnavailable: 1 } } },
    } as KubeObject;
    expect(theFinding(check, [may, ...rest, one, quota, refused]).remedy.mend).toEqual([]);
  });

  it.each<[string, string, boolean]>([
    [
      'is room enough',
      'exceeded quota: team, requested: limits.cpu=1, used: limits.cpu=2, limited: limits.cpu=2',
      true,
    ],
    [
      'is not room enough',
      'exceeded quota: team, requested: limits.cpu=2, used: limits.cpu=2, limited: limits.cpu=2',
      false,
    ],
    ['is no help', 'failed quota: team: must specify limits.cpu for: app', false],
  ])('on a rollout where the place of a pod before %s', (_, words, isOffered) => {
    const rollout = [
      workload('pay', { pods: PAY, replicas: 1 }),
      replicaSet('pay', 1, PAY, '12:00:00', 1),
      replicaSet('pay', 2, PAY, '14:00:00', 1),
    ];
    const before = pod('pay-a', {
      labels,
      owner: ['ReplicaSet', 'pay-1'],
      app: { resources: { limits: { cpu: '1' } } },
    });
    const said = `Error creating: pods "pay-2-x" is forbidden: ${words}`;
    const refused = event('ReplicaSet', 'pay-2', 'FailedCreate', said, '14:20:00', { type: 'Warning' });
    const finding = theFinding(check, [...rollout, before, quota, refused]);
    expect(finding.detail.includes('waits for itself')).toBe(isOffered);
    expect(finding.remedy.mend.length).toBe(isOffered ? 1 : 0);
  });

  it('on an exceeded quota, and names it', () => {
    const finding = theFinding(check, [...owners, one, quota, exceeded]);
    expect(finding).toMatchObject({
      key: 'platform/quota:ResourceQuota/shop/team',
      severity: 'critical',
      role: 'cause',
      since: { to: '2026-05-01T14:20:00Z' },
    });
    expect(finding.summary).toContain('requested: pods=1, used: pods=1, limited: pods=1');
    expect(finding.summary).toContain('1 pod of Deployment pay');
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Deployment/pay',
      'ReplicaSet/pay-1',
    ]);
    expect(pointers(finding).join('\n')).toContain('FailedCreate: Error creating: pods "pay-1-x"');
  });

  it('on a quota that wants limits which the template lacks', () => {
    const said = failed('pods "pay-1-x" is forbidden: failed quota: team: must specify limits.cpu for: app');
    expect(theFinding(check, [...owners, quota, said]).summary).toContain('must specify limits.cpu');
  });

  it('on a LimitRange', () => {
    const said = failed(
      'pods "pay-1-x" is forbidden: maximum cpu usage per Container is 500m, but limit is 1',
    );
    const finding = theFinding(check, [...owners, range, said]);
    expect(finding.key).toBe('platform/quota:LimitRange/shop/bounds');
    expect(finding.summary).toContain('maximum cpu usage per Container is 500m, but limit is 1');
  });

  it('on the LimitRange that has the bound, of several', () => {
    const others = [
      { type: 'Container', max: { cpu: '1' } },
      { type: 'Pod', max: { cpu: '500m' } },
      { type: 'Container', maxLimitRequestRatio: { cpu: '4' } },
    ].map((limit, index): KubeObject => ({
      ...range,
      metadata: { name: `a-${index}`, namespace: 'shop', uid: `l${index}` },
      spec: { limits: [limit] },
    }));
    const saying = (words: string): string =>
      theFinding(check, [...owners, ...others, range, failed(`pods "pay-1-x" is forbidden: ${words}`)]).key;
    expect(saying('[maximum cpu usage per Container is 500m, but limit is 1]')).toBe(
      'platform/quota:LimitRange/shop/bounds',
    );
    expect(saying('maximum cpu usage per Pod is 500m.  No limit is specified')).toBe(
      'platform/quota:LimitRange/shop/a-1',
    );
    expect(saying('cpu max limit to request ratio per Container is 4, but provided ratio is 8.000000')).toBe(
      'platform/quota:LimitRange/shop/a-2',
    );
    expect(saying('maximum memory usage per Container is 1Gi, but limit is 2Gi')).toBe(
      'platform/quota:Deployment/shop/pay#limit-range',
    );
  });

  it.each([
    [{ scopes: ['BestEffort'] }, '(of scope BestEffort)'],
    [
      {
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'PriorityClass', operator: 'In', values: ['high', 'low'] },
            { scopeName: 'Terminating', operator: 'Exists' },
          ],
        },
      },
      '(of scope PriorityClass In high, low and Terminating)',
    ],
  ])('says what a quota with scopes counts: %j', (spec, said) => {
    const scoped = { ...quota, spec: { hard: { pods: '1' }, ...spec } };
    expect(theFinding(check, [...owners, one, scoped, exceeded]).summary).toContain(
      `ResourceQuota shop/team ${said} refuses 1 pod`,
    );
  });

  it('on pods that no quota covers', () => {
    const said = failed(
      'pods "pay-1-x" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [critical]}]',
    );
    expect(theFinding(check, [...owners, quota, said]).summary).toContain(
      'The quota of namespace shop refuses 2 pods of Deployment pay: insufficient quota to match these scopes',
    );
  });

  it('by the condition of the ReplicaSet when its Event is gone', () => {
    const [deployment, set] = owners;
    const status = {
      replicas: 1,
      conditions: [
        {
          type: 'ReplicaFailure',
          status: 'True',
          reason: 'FailedCreate',
          message:
            'pods "pay-1-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=1, limited: pods=1',
          lastTransitionTime: '2026-05-01T13:00:00Z',
        },
      ],
    };
    const objects = [deployment, { ...set, status }, one, quota].filter((object) => object !== undefined);
    expect(theFinding(check, objects).since.to).toBe('2026-05-01T13:00:00Z');
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    [
      'all pods are there',
      [...owners, one, pod('pay-b', { labels, owner: ['ReplicaSet', 'pay-1'] }), exceeded],
    ],
    [
      'a pod was made after the refusal',
      [
        ...owners,
        one,
        exceeded,
        event('ReplicaSet', 'pay-1', 'SuccessfulCreate', 'Created pod: pay-1-y', '14:25:00'),
      ],
    ],
    ['a quota is full and nobody wants more', [quota, one]],
    ['another one refuses', [...owners, one, failed('admission webhook "a.b" denied the request: no')]],
  ])('where %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when ReplicaSets may not be listed', () => {
    const verdict = verdictOf(check, {
      objects: [...owners, one, quota, exceeded],
      lists: { 'apps/replicasets': 'forbidden' },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]?.because).toBe('list:apps/replicasets');
  });
});
