/** Jobs that gave up, or whose pods fail one after the other: what waits for their work never gets it. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { HOUR, type Micros } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { deathOf, type Death } from '../../facts/pods/deaths.ts';
import { fieldEvidence, logEvidence, sinceAt, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig, groupBy } from '../../facts/read.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import { integer } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

/** What failed longer ago is known by now. */
const RECENT: Micros = HOUR;
/** One pod that fails is what `backoffLimit` is for. */
const OFTEN = 2;

const check: Check = {
  id: 'pod/job-failed',
  layer: 'pod',
  title: 'Job that has failed',
  role: 'advice',
  needs: ['list:batch/jobs'],
  uses: [
    ...WORKLOADS.filter((need) => need !== 'list:batch/jobs'),
    'list:pods',
    'list:services',
    'list:events',
    'logs',
  ],
  explain: {
    rule:
      'A Job whose pods fail more often than backoffLimit, or which takes longer than activeDeadlineSeconds, gets the ' +
      'condition Failed with a reason (BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy, FailedIndexes, ' +
      'MaxFailedIndexesExceeded) and is not tried again. Advised when that was within the hour, or while a Job still tries ' +
      'and at least two of its pods failed; of a CronJob only the newest Job that ended counts. No failure of a Service by itself.',
    notConfusedWith: [
      'a Job that is complete, whatever failed on the way',
      'a Job that was suspended',
      'a CronJob whose next Job did its work',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy',
      'https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup',
      'https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/batch/v1/types.go',
    ],
  },
  explains: [],
  run(facts) {
    const jobs = facts.workloads.all.filter(({ kind, terminating }) => kind === 'Job' && !terminating);
    const series = groupBy(
      jobs,
      ({ namespace, name, owner }) =>
        `${namespace}/${owner?.kind === 'CronJob' ? `CronJob/${owner.name}` : `Job/${name}`}`,
    );
    const pods = groupBy(
      facts.pods.all.filter(({ owner }) => owner?.kind === 'Job'),
      ({ namespace, owner }) => `${namespace}/${owner?.name ?? ''}`,
    );
    return [...series.values()].map((runs) => {
      const job = latestOf(facts, runs);
      return judge(facts, job, pods.get(`${job.namespace}/${job.name}`) ?? []);
    });
  },
};
export default check;

/** Of a CronJob's Jobs the newest that has come to an end: one that has only just begun tells nothing yet. */
function latestOf(facts: Facts, runs: readonly WorkloadFact[]): WorkloadFact {
  const ended = runs.filter((job) =>
    facts
      .conditions(job)
      .some(({ type, status }) => (type === 'Failed' || type === 'Complete') && status === 'True'),
  );
  const [first, ...more] = ended.length > 0 ? ended : runs;
  if (first === undefined) throw new Error('a series has a Job');
  return more.reduce((a, b) => ((b.createdAt ?? 0) >= (a.createdAt ?? 0) ? b : a), first);
}

interface Failed {
  readonly words: string;
  readonly path: string;
  readonly value: unknown;
  readonly at: Micros | undefined;
}

function judge(facts: Facts, job: WorkloadFact, pods: readonly PodFact[]): Judged {
  const failed = failureOf(facts, job);
  return failed === undefined
    ? { outcome: 'pass', object: job.ref, because: 'it has not failed within the hour' }
    : { outcome: 'fail', finding: findingOf(facts, job, pods, failed) };
}

function failureOf(facts: Facts, job: WorkloadFact): Failed | undefined {
  const conditions = facts.conditions(job);
  const set = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
  if (set('Complete') || set('SuccessCriteriaMet') || set('Suspended')) return undefined;
  const gaveUp = conditions.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (gaveUp !== undefined) {
    const at = gaveUp.last_transition_at ?? undefined;
    if (at === undefined || facts.clock.endedAt - at > RECENT) return undefined;
    const { reason, message } = gaveUp;
    return {
      words: `has failed: ${REASONS[reason ?? ''] ?? oneLine(reason ?? 'no reason given')}`,
      path: 'status.conditions[Failed]',
      value: { status: 'True', reason, message },
      at,
    };
  }
  const failed = integer(dig(facts.body(job), 'status', 'failed')) ?? 0;
  if (failed < OFTEN) return undefined;
  return {
    words: `still tries, and ${plural(failed, 'pod')} of it failed`,
    path: 'status.failed',
    value: failed,
    at: undefined,
  };
}

/** batch/v1, JobReason…: what each means. */
const REASONS: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'its pods failed more often than backoffLimit allows',
  DeadlineExceeded: 'it took longer than activeDeadlineSeconds allows',
  PodFailurePolicy: 'its podFailurePolicy gives up on how a pod failed',
  FailedIndexes: 'some of its indexes failed',
  MaxFailedIndexesExceeded: 'more of its indexes failed than maxFailedIndexes allows',
};

function deathIn(facts: Facts, pods: readonly PodFact[]): { pod: PodFact; death: Death } | undefined {
  for (const pod of pods.toReversed()) {
    const row = facts.troubled(pod).find((one) => (one.exit_code ?? one.last_exit_code ?? 0) !== 0);
    if (row !== undefined) return { pod, death: deathOf(facts, pod, row) };
  }
  return undefined;
}

function findingOf(facts: Facts, job: WorkloadFact, pods: readonly PodFact[], failed: Failed): CheckFinding {
  const last = deathIn(facts, pods);
  const cron = job.owner?.kind === 'CronJob' ? job.owner.name : undefined;
  const above = cron === undefined ? undefined : facts.workloads.named('CronJob', job.namespace, cron);
  return {
    severity: 'advice',
    confidence: 'certain',
    object: above?.ref ?? job.ref,
    summary: `Job ${job.namespace}/${job.name}${cron === undefined ? '' : ` of CronJob ${cron}`} ${failed.words}`,
    detail:
      last === undefined
        ? 'None of its pods is left to tell why.'
        : `${last.pod.name}: ${last.death.words}. What waits for its work does not get it.`,
    evidence: [
      fieldEvidence(facts, job, failed.path, failed.value),
      ...(last === undefined ? [] : last.death.lines.map((line) => logEvidence(line, last.pod))),
    ],
    since:
      failed.at === undefined
        ? SINCE_UNKNOWN
        : sinceAt(failed.at, 'inferred', 'transition of the condition Failed'),
    involves: [...(above === undefined ? [] : [job.ref]), ...pods.slice(0, 10).map(({ ref }) => ref)],
    remedy: {
      summary: last?.death.remedy ?? 'Run it again and read what its pod says.',
      confirm: [
        kubectl(job.namespace, 'describe', 'job', job.name),
        kubectl(job.namespace, 'logs', `job/${job.name}`),
      ],
      mend: [],
    },
  };
}
