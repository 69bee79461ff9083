/** What two revisions of a workload differ in: ReplicaSets of a Deployment, ControllerRevisions of a StatefulSet or DaemonSet. */
import type { Fields } from '../ingest/read.ts';
import { dig } from './read.ts';
import type { WorkloadFact } from './workloads.ts';

/**
 * Where a revision keeps the template of its pods. A ControllerRevision's `data` is the patch that makes its owner what it
 * was (pkg/controller/statefulset/stateful_set_utils.go, pkg/controller/daemon/update.go).
 */
export function templatePath({ kind }: WorkloadFact): string {
  return kind === 'ControllerRevision' ? 'data.spec.template' : 'spec.template';
}

/** One field of the pod template that two revisions differ in; undefined where it is absent. */
export interface TemplateChange {
  /** Within the template: `spec.containers[0].image`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

const MOST = 50;
/** Written by controllers, different in every revision. */
const NO_CHANGE = new Set(['metadata.labels.pod-template-hash', 'metadata.creationTimestamp', '$patch']);

/** What changed from one revision to the next, in the order of the template; at most 50 fields. */
export function templateChanges(
  facts: { body(object: WorkloadFact): Fields },
  before: WorkloadFact,
  after: WorkloadFact,
): TemplateChange[] {
  const found: TemplateChange[] = [];
  compare(templateOf(facts, before), templateOf(facts, after), '', found);
  return found.slice(0, MOST);
}

function templateOf(facts: { body(object: WorkloadFact): Fields }, revision: WorkloadFact): unknown {
  return dig(facts.body(revision), ...templatePath(revision).split('.'));
}

function compare(before: unknown, after: unknown, path: string, found: TemplateChange[]): void {
  if (found.length >= MOST || NO_CHANGE.has(path)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1)
      compare(before[index], after[index], `${path}[${index}]`, found);
    return;
  }
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], path === '' ? key : `${path}.${key}`, found);
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) found.push({ path, before, after });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
