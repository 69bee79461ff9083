import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/webhook.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { endpoint, event, pod, replicaSet, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const HOOK = { app: 'hook' };

function configuration(more: object = {}): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'policy', uid: 'w' },
    webhooks: [
      {
        name: 'policy.example.com',
        clientConfig: { service: { namespace: 'shop', name: 'hook', port: 443 } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        ...more,
      },
    ],
  };
}
const behind = (endpoints: readonly object[]): KubeObject[] => [
  service('hook', HOOK, { spec: { ports: [{ port: 443, targetPort: 8443 }] } }),
  slice(
    'hook',
    endpoints.map((one) => ({ ...one })),
  ),
];
const PAY = { app: 'pay' };
const owners = [workload('pay', { pods: PAY }), replicaSet('pay', 1, PAY, '12:00:00', 1)];
const refused = event(
  'ReplicaSet',
  'pay-1',
  'FailedCreate',
  'Error creating: Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://hook.shop.svc:443/?timeout=10s": no endpoints available for service "hook"',
  '14:20:00',
  { type: 'Warning' },
);

describe('fires', () => {
  it('on a Service without endpoints, and on what was refused because of it', () => {
    const finding = theFinding(check, [configuration(), ...behind([]), ...owners, refused]);
    expect(finding).toMatchObject({
      key: 'platform/webhook:ValidatingWebhookConfiguration/policy',
      severity: 'critical',
      since: { to: '2026-05-01T14:20:00Z' },
    });
    expect(finding.summary).toContain('Service shop/hook has no ready endpoint');
    expect(finding.detail).toContain('Deployment shop/pay');
    expect(pointers(finding)).toContain(
      'ValidatingWebhookConfiguration/policy webhooks[0].failurePolicy = "Fail"',
    );
  });

  it('on a Service that is not there, before anybody was refused', () => {
    expect(theFinding(check, [configuration()]).summary).toContain('Service shop/hook does not exist');
  });

  it('on a port that the Service does not have', () => {
    expect(theFinding(check, [configuration(), service('hook', HOOK)]).summary).toContain('has no port 443');
  });

  it('on a call that fails for another reason, or of a configuration nobody listed', () => {
    const tls = {
      ...refused,
      message:
        'Error creating: Internal error occurred: failed calling webhook "other.example.com": failed to call webhook: x509: certificate has expired',
    };
    const finding = theFinding(check, [...owners, tls]);
    expect(finding.summary).toContain('x509: certificate has expired');
    expect(finding.object.name).toBe('pay');
  });
});

/** A second configuration with a webhook of the same name, such as a copy of a chart makes. */
function copy(more: object = {}): KubeObject {
  const metadata = { name: 'policy-copy', uid: 'w2' };
  return { ...configuration({ clientConfig: { url: 'https://elsewhere.example/' }, ...more }), metadata };
}

function namespace(labels: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', uid: 'ns', labels: { 'kubernetes.io/metadata.name': 'shop', ...labels } },
  };
}

/** The words when the URL is not told: a webhook outside the cluster, or an older server. */
const unnamed: KubeObject = {
  ...refused,
  message:
    'Error creating: Internal error occurred: failed calling webhook "policy.example.com": context deadline exceeded',
};

describe('of two configurations with a webhook of one name', () => {
  const ready = [pod('hook-a', { labels: HOOK }), ...behind([endpoint('hook-a')])];
  const namesOf = (objects: readonly KubeObject[]): unknown[] =>
    findings(check, [...ready, ...owners, ...objects]).map(({ object, confidence }) => [
      object.name,
      confidence,
    ]);

  it('blames the one whose Service the error names', () => {
    const said = {
      ...refused,
      message:
        'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://hook.shop.svc:443/?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    };
    expect(namesOf([configuration(), copy(), said])).toEqual([['policy', 'certain']]);
  });

  it.each<[string, object, object]>([
    [
      'namespaceSelector',
      { namespaceSelector: { matchLabels: { guard: 'on' } } },
      { namespaceSelector: { matchExpressions: [{ key: 'guard', operator: 'DoesNotExist' }] } },
    ],
    [
      'namespaceSelector by name',
      {},
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } },
    ],
    ['objectSelector', { objectSelector: { matchLabels: PAY } }, { objectSelector: { matchLabels: HOOK } }],
    [
      'rules',
      {},
      { rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['*'] }] },
    ],
    [
      'operations',
      {},
      { rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['pods'] }] },
    ],
    [
      'scope',
      {},
      {
        rules: [
          { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'], scope: 'Cluster' },
        ],
      },
    ],
    ['failurePolicy', {}, { failurePolicy: 'Ignore' }],
  ])('tells them apart by %s', (_, one, other) => {
    expect(namesOf([namespace({ guard: 'on' }), configuration(one), copy(other), unnamed])).toEqual([
      ['policy', 'certain'],
    ]);
  });

  it('blames the one behind which nobody answers', () => {
    const dead = copy({ clientConfig: { service: { namespace: 'shop', name: 'gone' } } });
    expect(namesOf([configuration(), dead, unnamed])).toEqual([['policy-copy', 'certain']]);
  });

  it('names both as possible where nothing tells them apart', () => {
    expect(namesOf([configuration(), copy(), unnamed])).toEqual([
      ['policy', 'possible'],
      ['policy-copy', 'possible'],
    ]);
    const [first] = findings(check, [...ready, ...owners, configuration(), copy(), unnamed]);
    expect(first?.detail).toContain('or that of ValidatingWebhookConfiguration policy-copy');
  });

  it('leaves the labels of a namespace that was not listed open', () => {
    const guarded = { namespaceSelector: { matchLabels: { guard: 'on' } } };
    const seen = findings(check, [...ready, ...owners, configuration(guarded), copy(guarded), unnamed], {
      lists: { namespaces: 'forbidden' },
    });
    expect(seen.map(({ confidence }) => confidence)).toEqual(['possible', 'possible']);
  });
});

it('fires on a ReplicaSet that the Deployment may not make', () => {
  const message =
    'Failed to create new replica set "pay-1": Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://hook.shop.svc:443/?timeout=10s": no endpoints available for service "hook"';
  const deployment = {
    ...workload('pay', { pods: PAY }),
    status: {
      conditions: [
        {
          type: 'Progressing',
          status: 'False',
          reason: 'ReplicaSetCreateError',
          message,
          lastTransitionTime: '2026-05-01T14:20:00Z',
        },
      ],
    },
  };
  const rules = [
    { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['replicasets'] },
  ];
  const finding = theFinding(check, [configuration({ rules }), ...behind([]), deployment]);
  expect(finding.detail).toContain('1 pod of Deployment shop/pay');
  expect(pointers(finding)).toContain(
    `Deployment/pay status.conditions[type=Progressing].message = ${JSON.stringify(message)}`,
  );
});

it('is no alarm where it guards other kinds and nobody was refused', () => {
  const rules = [
    {
      apiGroups: ['cert-manager.io'],
      apiVersions: ['v1'],
      operations: ['CREATE'],
      resources: ['certificates'],
    },
  ];
  expect(theFinding(check, [configuration({ rules })]).severity).toBe('warning');
});

describe('quiet', () => {
  const ready = pod('hook-a', { labels: HOOK });
  it.each<[string, KubeObject[]]>([
    ['Ignore', [configuration({ failurePolicy: 'Ignore' }), ...behind([])]],
    ['endpoints', [configuration(), ready, ...behind([endpoint('hook-a')])]],
    ['an address outside', [configuration({ clientConfig: { url: 'https://hook.example.com' } })]],
    [
      'a Service made just now',
      [configuration(), service('hook', HOOK, { created: '14:30:00', spec: { ports: [{ port: 443 }] } })],
    ],
    [
      'a pod that became Ready just now',
      [configuration(), pod('hook-a', { labels: HOOK, since: '14:29:55' }), ...behind([])],
    ],
    [
      'a pod that starts',
      [configuration(), pod('hook-a', { labels: HOOK, ready: false, created: '14:30:10' }), ...behind([])],
    ],
  ])('with %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when Services may not be listed', () => {
    const verdict = verdictOf(check, { objects: [configuration()], lists: { services: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});

/** Webhooks that hosters run beside their API servers: no Service, no pods to be seen. */
it.each([
  ['EKS', 'iam-for-pods.amazonaws.com', 'https://127.0.0.1:23443/mutate'],
  [
    'GKE',
    'warden-validating.common-webhooks.networking.gke.io',
    'https://localhost:5443/webhook/warden-validating',
  ],
])('is quiet on a webhook of %s, which nobody can see', (_, name, url) => {
  const hidden = configuration({ name, clientConfig: { url }, failurePolicy: 'Fail' });
  expect(findings(check, [hidden])).toEqual([]);
});

it('tells a webhook of a hoster that could not be called', () => {
  const name = 'warden-validating.common-webhooks.networking.gke.io';
  const url = 'https://localhost:5443/webhook/warden-validating';
  const late = event(
    'ReplicaSet',
    'pay-1',
    'FailedCreate',
    `Error creating: Internal error occurred: failed calling webhook "${name}": failed to call webhook: Post "${url}?timeout=10s": context deadline exceeded`,
    '14:20:00',
    { type: 'Warning' },
  );
  const finding = theFinding(check, [configuration({ name, clientConfig: { url } }), ...owners, late]);
  expect(finding.summary).toContain('context deadline exceeded');
});
