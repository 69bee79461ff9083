import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/selector-mismatch.ts';
import type { KubeObject } from '../../../support/evidence.ts';
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
  write,
} from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

/** A Deployment `pay` and one ready pod of it with these labels. */
function pay(labels: Readonly<Record<string, string>>, namespace = 'shop'): KubeObject[] {
  return [
    workload('pay', { pods: labels, namespace }),
    pod('pay-a', { labels: { name: 'pay', ...labels }, owner: ['ReplicaSet', 'pay-2'], namespace }),
    {
      ...replicaSet('pay', 2, labels, '12:00:00', 1),
      metadata: { ...(replicaSet('pay', 2, labels, '12:00:00', 1)['metadata'] as object), namespace },
    },
  ];
}

const emptied = slice('pay', [], { generation: 4 });

/** Incident 1: a rollout moves the label, the Service stays. */
const rollout = [
  service('pay', { app: 'pay-api-v1' }),
  emptied,
  workload('pay', { pods: { app: 'pay-api-v2' } }),
  replicaSet('pay', 1, { app: 'pay-api-v1' }, '12:00:00'),
  replicaSet('pay', 2, { app: 'pay-api-v2' }, '14:02:11', 1),
  pod('pay-a', {
    labels: { name: 'pay', app: 'pay-api-v2' },
    owner: ['ReplicaSet', 'pay-2'],
    created: '14:02:11',
  }),
];

describe('fires', () => {
  it('on a rollout that moved the label, with pair, near miss, revision and time', () => {
    const scaled = event(
      'Deployment',
      'pay',
      'ScalingReplicaSet',
      'Scaled up replica set pay-2 from 0 to 1',
      '14:02:11',
    );
    const finding = theFinding(check, [...rollout, scaled, ingress('front', 'pay')]);
    expect(finding.key).toBe('service/selector-mismatch:Service/shop/pay');
    expect(finding).toMatchObject({ severity: 'critical', confidence: 'certain', role: 'cause' });
    expect(finding.summary).toContain('app=pay-api-v1');
    expect(finding.summary).toContain('app=pay-api-v2');
    expect(finding.summary).toContain('version suffix');
    expect(finding.summary).toContain('revision 2');
    expect(finding.since).toMatchObject({
      from: '2026-05-01T14:02:11Z',
      to: '2026-05-01T14:02:11Z',
      basis: 'observed',
    });
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual(
      expect.arrayContaining(['Deployment/pay', 'ReplicaSet/pay-2', 'Pod/pay-a']),
    );
    expect(pointers(finding).join('\n')).toContain('Service/pay spec.selector');
    for (const one of finding.evidence) expect(one.kind === 'event' || (one.file ?? '') !== '').toBe(true);
  });

  it('on the template of a workload whose pods are refused: what it would make misses the selector', () => {
    const refused = [
      service('pay', { app: 'pay-v1' }),
      emptied,
      workload('pay', { pods: { app: 'pay-v2' } }),
      replicaSet('pay', 2, { app: 'pay-v2' }, '12:00:00', 1),
    ];
    const finding = theFinding(check, refused);
    expect(finding).toMatchObject({ confidence: 'likely', summary: expect.stringContaining('app=pay-v2') });
    expect(finding.detail).toContain('Deployment pay looks meant, and has no pod at present.');
    expect(pointers(finding).join('\n')).toContain('Deployment/pay spec.template.metadata.labels.app');
    // At zero it wants none, and one that the selector takes is what is meant.
    const parked = workload('pay', { pods: { app: 'pay-v2' }, replicas: 0 });
    expect(findings(check, refused.with(2, parked))).toEqual([]);
    expect(findings(check, [...refused, workload('pay-v1', { pods: { app: 'pay-v1' } })])).toEqual([]);
  });

  it('without the event the time is inferred from the ReplicaSet', () => {
    expect(theFinding(check, rollout).since).toMatchObject({
      from: '2026-05-01T14:02:11Z',
      basis: 'inferred',
    });
  });

  it('takes no time from a ReplicaSet that a rollback brought back', () => {
    const back = [
      service('pay', { app: 'pay-v2' }),
      emptied,
      workload('pay', { pods: { app: 'pay-v1' } }),
      replicaSet('pay', 3, { app: 'pay-v1' }, '12:00:00', 1),
      replicaSet('pay', 2, { app: 'pay-v2' }, '14:02:11'),
      pod('pay-a', { labels: { app: 'pay-v1' }, owner: ['ReplicaSet', 'pay-3'] }),
    ];
    const { since } = theFinding(check, back);
    expect(since.from).toBe('2026-05-01T14:02:11Z');
    expect(since.to).not.toBe('2026-05-01T12:00:00Z');
  });

  it.each([
    ['case', { app: 'pay-api' }, { app: 'Pay-api' }, 'case'],
    ['typo', { app: 'payment' }, { app: 'paymnet' }, 'slip'],
    ['another key', { app: 'payment' }, { 'app.kubernetes.io/name': 'payment' }, 'key'],
    ['an old version suffix', { app: 'payment-v1' }, { app: 'payment-v2' }, 'version suffix'],
  ])('on %s', (_, selector, labels, said) => {
    const finding = theFinding(check, [
      service('pay', selector),
      emptied,
      ...pay(labels),
      ingress('front', 'pay'),
    ]);
    expect(finding).toMatchObject({ severity: 'critical', confidence: 'likely' });
    expect(finding.summary).toContain(said);
    expect(finding.summary).toContain(Object.values(labels)[0]);
  });

  it('on pods that only the headless Service of their StatefulSet takes besides', () => {
    const set = workload('db', { kind: 'StatefulSet', pods: { app: 'db' } });
    const objects = [
      service('db', { app: 'DB' }),
      slice('db', []),
      service('db-peers', { app: 'db' }, { spec: { clusterIP: 'None' } }),
      { ...set, spec: { ...(set['spec'] as object), serviceName: 'db-peers' } },
      pod('db-0', { labels: { app: 'db' }, owner: ['StatefulSet', 'db'] }),
      ingress('front', 'db'),
    ];
    expect(theFinding(check, objects)).toMatchObject({ object: { name: 'db' }, severity: 'critical' });
  });

  it('on a slip in one of two Services, where somebody asks for it', () => {
    const objects = [
      service('pay', { app: 'paymnet' }),
      slice('pay', []),
      service('pay-metrics', { app: 'payment' }),
      ...pay({ app: 'payment' }),
    ];
    expect(findings(check, objects)).toEqual([]);
    expect(findings(check, [...objects, ingress('web', 'pay')])).toHaveLength(1);
  });

  it('on a key that the pods of the workload of that name lack', () => {
    const objects = [
      service('pay', { app: 'payment', tier: 'api' }),
      slice('pay', []),
      ...pay({ app: 'payment' }),
    ];
    expect(theFinding(check, objects).summary).toContain('tier');
    expect(
      findings(check, [
        service('other', { app: 'payment', tier: 'api' }),
        slice('other', []),
        ...objects.slice(2),
      ]),
    ).toEqual([]);
  });

  it.each([
    ['possible', 'warning', []],
    ['likely', 'critical', [ingress('web', 'pay')]],
  ])('on a workload of its name, however unlike its labels are: %s', (confidence, severity, more) => {
    const objects = [service('pay', { app: 'pp' }), slice('pay', []), ...pay({ app: 'x', release: 'b' })];
    const finding = theFinding(check, [...objects, ...more]);
    expect(finding).toMatchObject({ confidence, severity });
    expect(finding.summary).toContain('selects app=pp, but its pods carry app=x (another value)');
  });

  it('on the right labels in another namespace', () => {
    const finding = theFinding(check, [
      service('pay', { app: 'payment' }),
      emptied,
      ...pay({ app: 'payment' }, 'bank'),
    ]);
    expect(finding.summary).toContain('namespace bank');
  });

  it('with a patch that makes the selector take the pods, and drops a key they lack', () => {
    const finding = theFinding(check, [
      service('pay', { app: 'payment' }),
      emptied,
      ...pay({ 'app.kubernetes.io/name': 'payment' }),
    ]);
    const patch = /-p '(.*)'/.exec(finding.remedy.mend[0] ?? '')?.[1] ?? '';
    expect(JSON.parse(patch)).toEqual({
      spec: { selector: { app: null, 'app.kubernetes.io/name': 'payment' } },
    });
  });

  it.each([
    ['never had endpoints: from its making on', slice('pay', []), '14:00:00'],
    ['had some: from the pods on', emptied, '14:00:05'],
  ])('dates a Service that %s', (_, made, from) => {
    const objects = [
      service('pay', { app: 'payment' }, { created: '14:00:00' }),
      made,
      pod('pay-a', { labels: { app: 'paymnet' }, created: '14:00:05' }),
    ];
    expect(theFinding(check, objects).since).toMatchObject({ from: on(from), to: on('14:00:05') });
  });

  it('dates a selector that was written after the pods were there', () => {
    const finding = theFinding(check, [
      service(
        'pay',
        { app: 'payment-v2' },
        { managedFields: [write('kubectl-edit', '14:11:00', 'spec.selector.app')] },
      ),
      emptied,
      ...pay({ app: 'payment-v1' }),
    ]);
    expect(finding.since).toMatchObject({ to: '2026-05-01T14:11:00Z', basis: 'inferred' });
    expect(finding.since.source).toContain('kubectl-edit');
  });

  it('quotes names that a shell would obey', () => {
    const labels = { app: "x'; rm -rf $HOME #" };
    const finding = theFinding(check, [
      service('pay', { app: "X'; rm -rf $HOME #" }),
      emptied,
      ...pay(labels),
    ]);
    for (const command of [...finding.remedy.confirm, ...finding.remedy.mend]) {
      const outside = command.replaceAll(`'\\''`, '').replaceAll(/'[^']*'/g, '');
      expect(outside.replace(/ {3}#.*$/, '')).not.toMatch(/[;$`|&<>]/);
    }
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a selector that matches', [service('pay', { app: 'payment' }), ...pay({ app: 'payment' })]],
    [
      'ExternalName',
      [
        service('pay', { app: 'paymnet' }, { spec: { type: 'ExternalName', externalName: 'x.example' } }),
        ...pay({ app: 'payment' }),
      ],
    ],
    ['no selector', [service('pay', undefined), emptied, ...pay({ app: 'payment' })]],
    [
      'a workload scaled to zero',
      [
        service('pay', { app: 'payment' }),
        emptied,
        workload('pay', { pods: { app: 'payment' }, replicas: 0 }),
        ...pay({ app: 'paymnet' }).slice(1),
      ],
    ],
    [
      'pods that were never made',
      [
        service('pay', { app: 'payment' }),
        emptied,
        workload('pay', { pods: { app: 'payment' }, replicas: 3 }),
      ],
    ],
    [
      'a Job that is done',
      [
        service('pay', { job: 'migrate-v1' }),
        emptied,
        job('migrate', { job: 'migrate-v1' }),
        ...pay({ job: 'migrate-v2' }),
      ],
    ],
    [
      'pods of a Job that are done',
      [
        service('pay', { app: 'payment' }),
        pod('done', { labels: { app: 'payment' }, phase: 'Succeeded', ready: false, owner: ['Job', 'x'] }),
        ...pay({ app: 'paymnet' }),
      ],
    ],
    ['no workload at all', [service('pay', { app: 'payment' }), emptied]],
    [
      'nothing that resembles it',
      [
        service('money', { app: 'payment' }),
        slice('money', [], { generation: 4 }),
        ...pay({ app: 'checkout' }),
      ],
    ],
    [
      'a workload of its name whose pods another Service takes',
      [
        service('pay', { app: 'payment' }),
        emptied,
        service('checkout', { app: 'checkout' }),
        ...pay({ app: 'checkout' }),
      ],
    ],
    [
      'a Service just created',
      [
        service('pay', { app: 'paymnet' }, { created: '14:30:10' }),
        slice('pay', []),
        ...pay({ app: 'payment' }),
      ],
    ],
    [
      'a variant whose sibling Service takes the pods',
      [
        service('pay', { app: 'payment-blue' }),
        emptied,
        service('green', { app: 'payment-green' }),
        ...pay({ app: 'payment-green' }),
      ],
    ],
    [
      'a weak likeness where endpoints never were',
      [
        service('api', { app: 'payment', tier: 'api' }),
        slice('api', []),
        ...pay({ app: 'payment', tier: 'worker' }),
      ],
    ],
    [
      'a rollout that still has pods of the old label',
      [...rollout, pod('pay-old', { labels: { app: 'pay-api-v1' }, owner: ['ReplicaSet', 'pay-1'] })],
    ],
    [
      'a Service that is being deleted',
      [service('pay', { app: 'paymnet' }, { deleted: '14:30:00' }), ...pay({ app: 'payment' })],
    ],
    [
      'the same labels in another namespace, where a Service takes them',
      [
        service('pay', { app: 'payment' }),
        service('pay', { app: 'payment' }, { namespace: 'bank' }),
        ...pay({ app: 'payment' }, 'bank'),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('on pods that went over to another Service while nobody asks for this one', () => {
    expect(findings(check, [...rollout, service('new', { app: 'pay-api-v2' })])).toEqual([]);
    expect(
      findings(check, [...rollout, service('new', { app: 'pay-api-v2' }), ingress('web', 'pay')]),
    ).toHaveLength(1);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: rollout, lists: { pods: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]).toMatchObject({ check: check.id, because: 'list:pods' });
  });

  it('when only part of the pods came: the others might match', () => {
    const verdict = verdictOf(check, { objects: rollout, lists: { pods: 'partial' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown.some(({ object }) => object?.name === 'pay')).toBe(true);
  });

  it('without a rollout that tells, when what else makes pods may not be listed', () => {
    const objects = [service('pay', { app: 'pay-apl' }), emptied, ...pay({ app: 'pay-api' })];
    expect(findings(check, objects)).toHaveLength(1);
    const verdict = verdictOf(check, { objects, lists: { 'apps/statefulsets': 'forbidden' } });
    expect(verdict.checks[0]).toMatchObject({ outcome: 'unknown', failed: 0, passed: 0 });
    expect(verdict.unknown[0]).toMatchObject({ because: 'list:apps/statefulsets', object: { name: 'pay' } });
    expect(
      verdictOf(check, { objects: rollout, lists: { 'apps/statefulsets': 'forbidden' } }).roots,
    ).toHaveLength(1);
  });

  it('without the event only the time is less sure', () => {
    expect(verdictOf(check, { objects: rollout, lists: { events: 'forbidden' } }).roots).toHaveLength(1);
  });
});
