/** Jobs that gave up, or whose pods fail one after the other: what waits for their work never gets it. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { HOUR, type Micros } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { servicesReachedFor } from '../../facts/logs/waiting.ts';
import { deathOf, type Death } from '../../facts/pods/deaths.ts';
import { runsOn } from '../../facts/pods/job-runs-on.ts';
import { waitingForJob, type JobWait } from '../../facts/pods/job-waits.ts';
import { topOf } from '../../facts/pods/pod-groups.ts';
import { fieldEvidence, logEvidence, sinceAt, sinceBetween, SINCE_UNKNOWN } from '../../facts/evidence.ts';
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
      'and at least two of its pods failed; of a CronJob only the newest Job that ended counts. No failure of a Service by itself, ' +
      'unless pods wait for it: an init container that names the Job, in its log or in what it is called with, does not end ' +
      'before the Job is done, and the containers after it are not started. Then a Job counts, too, that did its work and is ' +
      'not done, since a container beside runs on.',
    notConfusedWith: [
      'a Job that is complete, whatever failed on the way',
      'a Job that was suspended',
      'a CronJob whose next Job did its work',
      'an init container that waits for another Job, or for a Service',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy',
      'https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup',
      'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#understanding-init-containers',
      'https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#jobs-with-sidecar-containers',
      'https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/batch/v1/types.go',
    ],
  },
  explains: ['pod/crash-loop', 'pod/not-ready', 'pod/dependency-unreachable', 'service/no-endpoints'],
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

/** The field that tells of pods which failed while the Job goes on. */
const TRIES = 'status.failed';

interface Failed {
  readonly words: string;
  readonly path: string;
  readonly value: unknown;
  readonly at: Micros | undefined;
  /** Where it is no failure of its own. */
  readonly remedy?: string;
}

function judge(facts: Facts, job: WorkloadFact, pods: readonly PodFact[]): Judged {
  const failed = failureOf(facts, job) ?? lingering(facts, job, pods);
  const waits = failed === undefined ? [] : waitingForJob(facts, job);
  return failed === undefined || (isMinor(facts, failed) && waits.length === 0)
    ? { outcome: 'pass', object: job.ref, because: 'it has not failed within the hour' }
    : { outcome: 'fail', finding: findingOf(facts, job, pods, failed, waits) };
}

function failureOf(facts: Facts, job: WorkloadFact): Failed | undefined {
  const conditions = facts.conditions(job);
  const set = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
  if (set('Complete') || set('SuccessCriteriaMet') || set('Suspended')) return undefined;
  const gaveUp = conditions.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (gaveUp !== undefined) {
    const at = gaveUp.last_transition_at ?? undefined;
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
    path: TRIES,
    value: failed,
    at: undefined,
  };
}

/** Long known, or no failure at all: nothing to tell unless pods wait for it. */
function isMinor(facts: Facts, { at, path, remedy }: Failed): boolean {
  if (remedy !== undefined) return true;
  return path !== TRIES && (at === undefined || facts.clock.endedAt - at > RECENT);
}

/** One that has done its work, and is not done for a container beside that runs on. */
function lingering(facts: Facts, job: WorkloadFact, pods: readonly PodFact[]): Failed | undefined {
  const active = integer(dig(facts.body(job), 'status', 'active')) ?? 0;
  const one = active > 0 ? runsOn(facts, pods) : undefined;
  if (one === undefined) return undefined;
  return {
    words: `is not done: container ${one.done} of its pod has ended well, and container ${one.runs} runs on`,
    path: 'status.active',
    value: active,
    at: one.at,
    remedy: `Let ${one.runs} be a sidecar (an init container with restartPolicy Always), which ends with the Job, or let ${one.done} tell it to end.`,
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

function findingOf(
  facts: Facts,
  job: WorkloadFact,
  pods: readonly PodFact[],
  failed: Failed,
  waits: readonly JobWait[],
): CheckFinding {
  const last = deathIn(facts, pods);
  const cron = job.owner?.kind === 'CronJob' ? job.owner.name : undefined;
  const above = cron === undefined ? undefined : facts.workloads.named('CronJob', job.namespace, cron);
  const lines = last?.death.lines ?? [];
  return {
    severity: waits.length === 0 ? 'advice' : 'critical',
    // Of containers that work side by side one is done before the other.
    confidence: failed.remedy === undefined ? 'certain' : 'likely',
    role: waits.length === 0 ? 'advice' : 'cause',
    object: above?.ref ?? job.ref,
    summary: `Job ${job.namespace}/${job.name}${cron === undefined ? '' : ` of CronJob ${cron}`} ${failed.words}${waitersOf(facts, waits)}`,
    detail: [
      last === undefined
        ? failed.remedy === undefined
          ? 'None of its pods is left to tell why.'
          : 'A pod is done when all its containers have ended.'
        : `${last.pod.name}: ${last.death.words}.`,
      waits.length > 0
        ? `${plural(waits.length, 'pod')} held back: ${waits
            .slice(0, 5)
            .map(({ pod, container }) => `${pod.name} (init container ${container})`)
            .join(', ')}.`
        : last === undefined
          ? ''
          : 'What waits for its work does not get it.',
    ]
      .filter((part) => part !== '')
      .join(' '),
    evidence: [
      fieldEvidence(facts, job, failed.path, failed.value),
      ...(last === undefined ? [] : lines.map((line) => logEvidence(line, last.pod))),
      ...waits.slice(0, 2).map(({ evidence }) => evidence),
    ],
    since: sinceOf(job, failed, waits),
    involves: [
      ...(above === undefined ? [] : [job.ref]),
      ...waits.slice(0, 50).map(({ pod }) => pod.ref),
      // Of a cause only what is held back counts as struck: its own pods are behind no Service.
      ...(waits.length > 0 ? [] : pods.slice(0, 10).map(({ ref }) => ref)),
    ],
    names: servicesReachedFor(
      facts,
      lines.map(({ text }) => text),
      job.namespace,
    ),
    remedy: {
      summary:
        failed.remedy ??
        (waits.length > 0 && failed.path !== TRIES
          ? 'Mend what its pods died of, then delete the Job and apply it anew: one that has failed is not tried again.'
          : (last?.death.remedy ?? 'Run it again and read what its pod says.')),
      confirm: [
        kubectl(job.namespace, 'describe', 'job', job.name),
        kubectl(job.namespace, 'logs', `job/${job.name}`),
      ],
      mend: [],
    },
  };
}

/** `, and Deployment api waits for it`: who does not start before it is done. */
function waitersOf(facts: Facts, waits: readonly JobWait[]): string {
  const names = new Set(
    waits.map(({ pod }) => {
      const { kind, name } = topOf(facts, pod);
      return `${kind} ${name}`;
    }),
  );
  if (names.size === 0) return '';
  return `, and ${[...names].slice(0, 3).join(', ')}${names.size > 3 ? ', …' : ''} ${names.size === 1 ? 'waits' : 'wait'} for it`;
}

/** What waits for its work has done so since it was made: the work was not there then either. */
function sinceOf(
  job: WorkloadFact,
  { at, remedy }: Failed,
  waits: readonly JobWait[],
): CheckFinding['since'] {
  if (waits.length > 0) {
    const born = waits.flatMap(({ pod }) => pod.createdAt ?? []);
    return sinceBetween(
      Math.min(...born, job.createdAt ?? Number.POSITIVE_INFINITY),
      at,
      `what waits for it, or the Job, is as old as the earlier time; at the later one ${remedy === undefined ? 'the Job failed' : 'its work was done'}`,
    );
  }
  return at === undefined ? SINCE_UNKNOWN : sinceAt(at, 'inferred', 'transition of the condition Failed');
}
