/** A replay shows the verdict at the capture, and before it only what follows from evidence. */
import { afterEach, describe, expect, it } from 'vitest';
import { findPaths, mainPath, replayPath } from '../../../analyze/replay/replay.ts';
import { replayHead, stepText } from '../../../analyze/replay/text.ts';
import { replaySchema, type Replay, type ReplayStep } from '../../../analyze/model/replay.ts';
import type { Finding } from '../../../analyze/model/finding.ts';
import type { Path, Verdict } from '../../../analyze/model/verdict.ts';
import { buildTimeline } from '../../../analyze/timeline/build.ts';
import { parseTime } from '../../../src/core/time.ts';
import { storeFrom, STARTED_AT, ENDED_AT, type EvidenceGiven } from '../../support/evidence.ts';
import { event, pod, replicaSet, service } from '../timeline/objects.ts';

const KEY = 'service/shop/payment:80';
const ROOT = 'service/selector-mismatch:Service/shop/payment';
const open: Array<{ close(): void }> = [];
afterEach(() => {
  for (const store of open.splice(0)) store.close();
});

const finding = (since: Finding['since']): Finding => ({
  key: ROOT,
  check: 'service/selector-mismatch',
  layer: 'service',
  severity: 'critical',
  confidence: 'certain',
  role: 'cause',
  object: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'payment' },
  summary: 'The selector app=v1 takes no pod.',
  detail: '',
  evidence: [{ kind: 'field', path: 'spec.selector.app', value: 'v1' }],
  since,
  involves: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'payment' }],
  causes: [],
  masks: [],
  remedy: { summary: '', confirm: [], mend: [] },
});

function verdictOf(layers: Path['layers'], findings: readonly Finding[]): Verdict {
  return {
    format: 'inquest-verdict/1',
    bundle: { id: 'x', cluster: 'lab', startedAt: STARTED_AT, end: 'complete', tool: 'inquest' },
    capturedAt: ENDED_AT,
    roots: findings.map((one) => one.key),
    unexplained: [],
    hiding: {},
    chains: [],
    over: [],
    findings: [...findings],
    suspects: {},
    paths: [
      {
        key: KEY,
        service: 'shop/payment',
        port: 80,
        layers,
        because: { dns: 'no-check', policy: 'no-check', platform: 'no-check' },
        findings: findings.map((one) => one.key),
      },
    ],
    unknown: [],
    errors: [],
    checks: [],
    gaps: [],
  };
}

const BROKEN = verdictOf(
  { dns: 'unknown', edge: 'none', service: 'fail', policy: 'unknown', pod: 'pass', platform: 'unknown' },
  [finding({ from: '2026-05-01T14:00:00Z', to: '2026-05-01T14:00:10Z', basis: 'inferred' })],
);

/** A rollout at 14:00:00 moved the label from v1 to v2; the old pod was stopped ten seconds later and is gone. */
const ROLLOUT: EvidenceGiven = {
  objects: [
    service({ app: 'v1' }),
    replicaSet('payment-1', 1, '2026-05-01T13:00:00Z', { app: 'v1' }),
    replicaSet('payment-2', 2, '2026-05-01T14:00:00Z', { app: 'v2' }, 1),
    pod({
      name: 'payment-2-b',
      at: '2026-05-01T14:00:00Z',
      readySince: '2026-05-01T14:00:05Z',
      owner: 'payment-2',
      labels: { app: 'v2' },
    }),
    event({ about: ['Pod', 'payment-1-a'], reason: 'Started', at: '2026-05-01T13:30:00Z' }),
    event({ about: ['Pod', 'payment-1-a'], reason: 'Killing', at: '2026-05-01T14:00:10Z' }),
  ],
};

function replay(given: EvidenceGiven, verdict: Verdict, clock?: string): Replay {
  const store = storeFrom(given);
  open.push(store);
  buildTimeline(store);
  const result = replayPath(
    store,
    verdict,
    KEY,
    clock === undefined ? undefined : parseTime(`2026-05-01T${clock}Z`),
  );
  expect(replaySchema.parse(result)).toEqual(result);
  return result;
}

function station(of: Replay, name: ReplayStep['station']): ReplayStep {
  const step = of.steps.find((candidate) => candidate.station === name);
  if (step === undefined) throw new Error(`no station ${name}`);
  return step;
}

describe('at the time of capture', () => {
  it('has the layers of the verdict and its evidence, never others', () => {
    const now = replay(ROLLOUT, BROKEN);
    expect(now.steps.map((step) => [step.station, step.status])).toEqual([
      ['client', 'none'],
      ['dns', 'unknown'],
      ['edge', 'none'],
      ['service', 'fail'],
      ['policy', 'unknown'],
      ['pod', 'pass'],
      ['platform', 'unknown'],
    ]);
    expect(now.stopsAt).toBe('service');
    expect(station(now, 'service')).toMatchObject({
      basis: 'observed',
      findings: [ROOT],
      found: 'The selector app=v1 takes no pod.',
    });
    expect(station(now, 'service').evidence).toEqual(finding({ basis: 'unknown' }).evidence);
  });

  it('shows once what a cause and its consequence both rest on', () => {
    const cause = finding({ basis: 'unknown' });
    const symptom: Finding = { ...cause, key: 'service/no-endpoints:Service/shop/payment', role: 'symptom' };
    const { layers } = BROKEN.paths[0] ?? { layers: undefined };
    if (layers === undefined) throw new Error('a path is needed');
    const now = replay(ROLLOUT, verdictOf(layers, [cause, symptom]));
    expect(station(now, 'service').findings).toHaveLength(2);
    expect(station(now, 'service').evidence).toEqual(cause.evidence);
  });

  it('says of a layer that nothing judges that nothing judges it, and shows what it knows', () => {
    const dns = station(replay(ROLLOUT, BROKEN), 'dns');
    expect(dns.because).toBe('no check of this version judges it');
    expect(dns.found).toContain('10.96.0.7');
    expect(dns.looked).toContain('name payment.shop.svc.cluster.local');
  });

  it('tells no policies from policies that were forbidden', () => {
    const none = station(replay(ROLLOUT, BROKEN), 'policy');
    const forbidden = station(
      replay({ ...ROLLOUT, lists: { 'networking.k8s.io/networkpolicies': 'forbidden' } }, BROKEN),
      'policy',
    );
    expect(none.found).toContain('No NetworkPolicy in the bundle');
    expect(forbidden.found).toContain('no list of networking.k8s.io/networkpolicies');
    expect(forbidden.status).toBe('unknown');
  });
});

describe('while the capture ran', () => {
  const changes = [
    {
      at: '2026-05-01T14:30:10Z',
      type: 'MODIFIED' as const,
      object: service({ app: 'v2' }, { resourceVersion: '11' }),
    },
  ];

  it('shows what a watch saw change by then, and keeps to the verdict of the lists', () => {
    const after = station(replay({ ...ROLLOUT, changes }, BROKEN, '14:30:15'), 'service');
    expect(after.status).toBe('fail');
    expect(after.looked).toContain(
      'seen by the watch at 14:30:10Z: Service payment changed spec.selector.app: v1 → v2',
    );
    const before = station(replay({ ...ROLLOUT, changes }, BROKEN, '14:30:05'), 'service');
    expect(before.looked.join()).not.toContain('seen by the watch');
  });
});

describe('before the fault', () => {
  it('the Service was fine by inference: the old pods matched', () => {
    const before = replay(ROLLOUT, BROKEN, '13:59:00');
    expect(station(before, 'service')).toMatchObject({ status: 'pass', basis: 'inferred', findings: [] });
    expect(station(before, 'service').looked.join('\n')).toContain('payment-1-a');
    expect(before.stopsAt).toBeUndefined();
  });

  it('holds while an old pod still lives beside the new ones', () => {
    expect(station(replay(ROLLOUT, BROKEN, '14:00:05'), 'service').status).toBe('pass');
    expect(station(replay(ROLLOUT, BROKEN, '14:00:11'), 'service')).toMatchObject({
      status: 'fail',
      basis: 'inferred',
    });
  });

  it('rests on the revision alone where Events are gone, and says so', () => {
    const objects = (ROLLOUT.objects ?? []).filter((object) => object['kind'] !== 'Event');
    const step = station(replay({ objects }, BROKEN, '13:30:00'), 'service');
    expect(step).toMatchObject({ status: 'pass', basis: 'inferred' });
    expect(step.found).toContain('revision 1 of Deployment payment');
    expect(step.found).toContain('not recorded');
  });

  it('is unknown before any revision that is kept, and before the Service was there', () => {
    for (const clock of ['12:59:30', '13:00:00']) {
      const objects = [
        service({ app: 'v1' }),
        replicaSet('payment-2', 2, '2026-05-01T14:00:00Z', { app: 'v2' }, 1),
      ];
      expect(station(replay({ objects }, BROKEN, clock), 'service')).toMatchObject({
        status: 'unknown',
        basis: 'unknown',
      });
    }
  });

  it('is unknown where the selector may have been another', () => {
    const write = {
      manager: 'kubectl-edit',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-05-01T14:10:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:selector': {} } },
    };
    const objects = [service({ app: 'v1' }, { managedFields: [write] }), ...(ROLLOUT.objects ?? []).slice(1)];
    const step = station(replay({ objects }, BROKEN, '13:59:00'), 'service');
    expect(step.status).toBe('unknown');
    expect(step.found).toContain('wrote after this time');
  });

  it('never calls anything but an uncrossed layer observed', () => {
    for (const clock of ['12:00:00', '13:30:00', '14:00:05', '14:20:00']) {
      const steps = replay(ROLLOUT, BROKEN, clock).steps.filter(
        (step) => step.station !== 'client' && step.status !== 'none',
      );
      expect(steps.filter((step) => step.basis === 'observed')).toEqual([]);
    }
  });
});

describe('moments', () => {
  it('are those of this path, oldest first, and none of another', () => {
    const { moments } = replay(
      { objects: [...(ROLLOUT.objects ?? []), pod({ name: 'stranger', at: '2026-05-01T13:45:00Z' })] },
      BROKEN,
    );
    expect(moments.map((moment) => moment.at.slice(11, 19))).toEqual([
      '13:00:00',
      '14:00:00',
      '14:00:05',
      '14:00:10',
    ]);
    expect(moments.map((moment) => moment.text).join('\n')).toContain('label app: v1 → v2');
    expect(moments.map((moment) => moment.text).join('\n')).not.toContain('stranger');
  });
});

describe('paths', () => {
  it('are found by key, by namespace and name, and by name', () => {
    for (const text of [KEY, 'shop/payment', 'payment', 'svc/payment', 'shop/payment:80', 'payment:80']) {
      expect(findPaths(BROKEN, text)).toEqual([KEY]);
    }
    expect(findPaths(BROKEN, 'pay')).toEqual([]);
    expect(mainPath(BROKEN)).toBe(KEY);
  });

  it('that are not there are the user’s to mend', () => {
    const store = storeFrom(ROLLOUT);
    open.push(store);
    expect(() => replayPath(store, BROKEN, 'service/shop/nobody:80')).toThrow(/no path/);
  });
});

describe('text', () => {
  it('fits its width and obeys no control character', () => {
    const objects = [
      service({ app: 'v1' }),
      pod({ name: 'p', labels: { app: 'v1', 'x\u001b[2J': '\u202e' } }),
    ];
    const shown = replay({ objects }, BROKEN);
    const options = { zone: 'utc', width: 80 } as const;
    const lines = [
      ...replayHead(shown, options),
      ...shown.steps.flatMap((step, index) => stepText(step, index + 1, 7, options)),
    ];
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.join('\n')).not.toMatch(/[\u001b\u202e]/);
    expect(lines.join('\n')).toContain('4/7 SERVICE [FAIL]');
  });
});
