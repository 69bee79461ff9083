/** Pods whose init container waits for a Job to be done: it says so in its log, or it is called with the Job's name. */
import { fields, items, text, texts, type Fields } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { fieldEvidence, logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import type { ContainerRow } from '../rows.ts';
import type { WorkloadFact } from '../workloads.ts';

/** A pod that is held back, and where it names the Job. */
export interface JobWait {
  readonly pod: PodFact;
  readonly container: string;
  readonly evidence: Evidence;
}

/** How much of an init container's log is read. */
const LINES = 50;

/** Living pods of the Job's namespace that an init container which names the Job holds back. Needs pods, logs and `WORKLOADS`. */
export function waitingForJob(facts: Facts, job: WorkloadFact): JobWait[] {
  const names = naming(job.name);
  return facts.pods.in(job.namespace).flatMap((pod) => {
    if (pod.ended || pod.terminating || pod.owner?.kind === 'Job') return [];
    const init = facts.troubled(pod).find(isHolding);
    return init === undefined ? [] : (namedBy(facts, pod, init, names) ?? []);
  });
}

/** Runs, or has died: the containers after it wait. */
function isHolding({ type, state, exit_code }: ContainerRow): boolean {
  return type === 'init' && (state === 'running' || state === 'waiting' || (exit_code ?? 0) !== 0);
}

/**
 * The Job as commands and programs write it: `job/migrate`, `job.batch/migrate`, `jobs "migrate"`, `job migrate`,
 * `--for=… job-name=migrate`. The bare name is none: it may be anything.
 */
function naming(name: string): RegExp {
  return new RegExp(
    `\\bjobs?(?:\\.batch(?:/v1)?|-name|-w[er]{1,2})?(?:/|=|:? {1,3})["'\`]?${name.replaceAll('.', '\\.')}(?![\\w-]|\\.\\w)`,
    'i',
  );
}

function namedBy(
  facts: Facts,
  pod: PodFact,
  { name, state }: ContainerRow,
  job: RegExp,
): JobWait | undefined {
  const lines = [true, false].flatMap((previous) =>
    previous && state === 'running' ? [] : facts.logTail(pod, name, previous, LINES),
  );
  const said = lines.findLast((line) => job.test(line.text.slice(0, 2000)));
  if (said !== undefined) return { pod, container: name, evidence: logEvidence(said, pod) };
  const spec = items(fields(facts.body(pod)['spec'])['initContainers']).find((one) => one['name'] === name);
  const [path, words] = callOf(spec ?? {}).find(([, call]) => job.test(call)) ?? [];
  if (path === undefined) return undefined;
  return {
    pod,
    container: name,
    evidence: fieldEvidence(facts, pod, `spec.initContainers[${name}].${path}`, words),
  };
}

/** What it is called with, each with the field that says so. */
function callOf(container: Fields): Array<readonly [path: string, words: string]> {
  return [
    ['command', [...texts(container['command']), ...texts(container['args'])].join(' ')],
    ...items(container['env']).map(({ name, value }): [string, string] => [
      `env[${text(name) ?? ''}].value`,
      `${(text(name) ?? '').replace(/^.*JOB(?:_NAME)?$/, 'job')} ${text(value) ?? ''}`,
    ]),
  ];
}
