import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/job-failed.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { on, pod } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

interface Given {
  readonly name?: string;
  readonly condition?: readonly [type: string, reason: string, clock: string];
  readonly failed?: number;
  readonly cron?: string;
  readonly created?: string;
}

function job({ name = 'migrate', condition, failed, cron, created = '14:00:00' }: Given): KubeObject {
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: cron,
    uid: `shop-${cron}`,
    controller: true,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: 'shop',
      uid: `shop-${name}`,
      creationTimestamp: on(created),
      ...(cron === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: { template: { metadata: {}, spec: { containers: [{ name: 'app' }] } } },
    status: {
      ...(failed === undefined ? {} : { failed }),
      conditions:
        condition === undefined
          ? []
          : [
              {
                type: condition[0],
                status: 'True',
                reason: condition[1],
                lastTransitionTime: on(condition[2]),
              },
            ],
    },
  };
}

const nightly: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'nightly', namespace: 'shop', uid: 'shop-nightly', creationTimestamp: on('10:00:00') },
  spec: {},
};
const gaveUp = ['Failed', 'BackoffLimitExceeded', '14:20:00'] as const;
const died = pod('migrate-x', {
  owner: ['Job', 'migrate'],
  phase: 'Failed',
  ready: false,
  container: {
    state: {
      terminated: { reason: 'Error', exitCode: 3, startedAt: on('14:19:50'), finishedAt: on('14:19:58') },
    },
  },
});

describe('fires', () => {
  it.each([
    ['BackoffLimitExceeded', 'more often than backoffLimit allows'],
    ['DeadlineExceeded', 'longer than activeDeadlineSeconds allows'],
    ['PodFailurePolicy', 'its podFailurePolicy gives up'],
    ['NewReason', 'has failed: NewReason'],
  ])('on %s', (reason, words) => {
    const finding = theFinding(check, [job({ condition: ['Failed', reason, '14:20:00'] })]);
    expect(finding).toMatchObject({
      key: 'pod/job-failed:Job/shop/migrate',
      role: 'advice',
      severity: 'advice',
      confidence: 'certain',
    });
    expect(finding.summary).toContain(words);
    expect(pointers(finding)[0]).toContain('status.conditions[Failed]');
  });

  it('with the last words of its pod', () => {
    const finding = theFinding(check, [job({ condition: gaveUp }), died], {
      logs: [
        {
          namespace: 'shop',
          pod: 'migrate-x',
          container: 'app',
          text: `${on('14:19:57')} ERROR relation "orders" does not exist\n`,
        },
      ],
    });
    expect(finding.detail).toContain('relation "orders" does not exist');
    expect(finding.evidence.some(({ kind }) => kind === 'log')).toBe(true);
  });

  it('on a CronJob, by its newest Job', () => {
    const finding = theFinding(check, [
      nightly,
      job({
        name: 'nightly-1',
        cron: 'nightly',
        created: '13:00:00',
        condition: ['Complete', 'CompletionsReached', '13:10:00'],
      }),
      job({ name: 'nightly-2', cron: 'nightly', condition: gaveUp }),
    ]);
    expect(finding.key).toBe('pod/job-failed:CronJob/shop/nightly');
    expect(finding.summary).toContain('Job shop/nightly-2 of CronJob nightly has failed');
  });

  it('on a CronJob whose next Job has only just begun', () => {
    const finding = theFinding(check, [
      nightly,
      job({ name: 'nightly-1', cron: 'nightly', condition: gaveUp }),
      job({ name: 'nightly-2', cron: 'nightly', created: '14:30:00' }),
    ]);
    expect(finding.summary).toContain('Job shop/nightly-1');
  });

  it('on one that still tries', () => {
    expect(theFinding(check, [job({ failed: 3 })]).summary).toContain('still tries, and 3 pods of it failed');
  });
});

/** Held back by its init container `wait`, which is called so, or says so. */
function held(name: string, call: object = { command: ['/bin/sh', '-c', 'sleep 1'] }): KubeObject {
  return pod(name, {
    phase: 'Pending',
    ready: false,
    created: '13:59:00',
    container: { state: { waiting: { reason: 'PodInitializing' } } },
    initContainers: [
      { name: 'wait', ready: false, restartCount: 0, state: { running: { startedAt: on('13:59:10') } } },
    ],
    spec: { initContainers: [{ name: 'wait', ...call }] },
  });
}

function says(text: string, of = 'api'): { namespace: string; pod: string; container: string; text: string } {
  return { namespace: 'shop', pod: of, container: 'wait', text: `${on('14:29:57')} ${text}\n` };
}

describe('what waits for it', () => {
  it.each([
    'Waiting for job migrate...',
    'error: timed out waiting for the condition on jobs/migrate',
    'Error from server (NotFound): jobs.batch "migrate" not found',
    'still waiting: job.batch/migrate, job/migrate',
  ])('makes it a cause: %s', (line) => {
    const finding = theFinding(check, [job({ condition: gaveUp }), died, held('api')], {
      logs: [says(line)],
    });
    expect(finding).toMatchObject({ role: 'cause', severity: 'critical' });
    expect(finding.summary).toContain('and Pod api waits for it');
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['Pod/api']);
    expect(finding.since).toMatchObject({ from: on('13:59:00'), to: on('14:20:00') });
  });

  it.each([
    ['command', { command: ['kubectl', 'wait', '--for=condition=complete', 'job/migrate'] }],
    ['args', { command: ['wait_for.sh'], args: ['job', 'migrate'] }],
    ['variable', { env: [{ name: 'WAIT_FOR_JOB', value: 'migrate' }] }],
  ])('is told by its %s', (_, call) => {
    const finding = theFinding(check, [job({ condition: gaveUp }), held('api', call)]);
    expect(finding.role).toBe('cause');
    expect(pointers(finding).some((one) => one.includes('spec.initContainers[wait]'))).toBe(true);
  });

  it('counts where it did its work, and a container beside runs on', () => {
    const active = { ...job({}), status: { active: 1, conditions: [] } };
    const made = pod('migrate-x', { owner: ['Job', 'migrate'], ready: false });
    const containerStatuses = [
      { name: 'app', ready: false, state: { terminated: { exitCode: 0, finishedAt: on('14:20:00') } } },
      { name: 'proxy', ready: true, state: { running: { startedAt: on('14:00:00') } } },
    ];
    const lasting = { ...made, status: { ...(made['status'] as object), containerStatuses } };
    const logs = [says('Waiting for job migrate...')];
    const finding = theFinding(check, [active, lasting, held('api')], { logs });
    expect(finding).toMatchObject({ role: 'cause', since: { to: on('14:20:00') } });
    expect(finding.summary).toBe(
      'Job shop/migrate is not done: container app of its pod has ended well, and container proxy runs on, and Pod api waits for it',
    );
    expect(finding.remedy.summary).toContain('restartPolicy Always');
    expect(finding.confidence).toBe('likely');
    expect(findings(check, [active, lasting])).toEqual([]);
    const [app, proxy] = containerStatuses;
    const justNow = { ...app, state: { terminated: { exitCode: 0, finishedAt: on('14:29:50') } } };
    const working = {
      ...made,
      status: { ...(made['status'] as object), containerStatuses: [justNow, proxy] },
    };
    expect(findings(check, [active, working, held('api')], { logs })).toEqual([]);
  });

  it('keeps a failure of long ago alive', () => {
    const finding = theFinding(
      check,
      [job({ condition: ['Failed', 'BackoffLimitExceeded', '12:20:00'] }), held('api')],
      {
        logs: [says('Waiting for job migrate...')],
      },
    );
    expect(finding.role).toBe('cause');
  });

  it.each(['Waiting for job migrate-2...', 'waiting for db:5432', 'migrate: waiting'])(
    'is not this Job: %s',
    (line) => {
      const finding = theFinding(check, [job({ condition: gaveUp }), held('api')], { logs: [says(line)] });
      expect(finding.role).toBe('advice');
    },
  );
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a Job that runs', [job({})]],
    ['a Job one pod of which failed', [job({ failed: 1 })]],
    [
      'a Job that did its work in the end',
      [job({ failed: 3, condition: ['Complete', 'CompletionsReached', '14:20:00'] })],
    ],
    ['a failure long ago', [job({ condition: ['Failed', 'BackoffLimitExceeded', '12:20:00'] })]],
    ['a Job that is suspended', [job({ failed: 2, condition: ['Suspended', 'JobSuspended', '14:20:00'] })]],
    [
      'a CronJob whose next Job did its work',
      [
        nightly,
        job({ name: 'nightly-1', cron: 'nightly', created: '13:50:00', condition: gaveUp }),
        job({
          name: 'nightly-2',
          cron: 'nightly',
          condition: ['Complete', 'CompletionsReached', '14:29:00'],
        }),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when Jobs may not be listed', () => {
    expect(verdictOf(check, { lists: { 'batch/jobs': 'forbidden' } }).unknown[0]?.because).toBe(
      'list:batch/jobs',
    );
  });
});
