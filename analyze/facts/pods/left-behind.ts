/** Pods of a StatefulSet that stay at a revision which its template has left: the controller does not replace what is not Ready. */
import { integer, text } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';

export interface LeftBehind {
  /** A sentence. */
  readonly words: string;
  readonly evidence: readonly Evidence[];
  readonly mend: string[];
}

/**
 * A rolling update waits for each pod to be Ready before it goes on, also for one of a template that could not work: who corrects
 * the template deletes those pods besides (concepts/workloads/controllers/statefulset, Forced rollback). With OnDelete every
 * pod waits for that. Those below the partition are meant to stay. Needs `WORKLOADS` and pods.
 */
export function leftBehind(facts: Facts, pods: readonly PodFact[]): LeftBehind | undefined {
  const [first] = pods;
  const top = first && facts.workloads.top(first);
  if (top?.kind !== 'StatefulSet') return undefined;
  const body = facts.body(top);
  const wanted = text(dig(body, 'status', 'updateRevision'));
  const partition = integer(dig(body, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')) ?? 0;
  const behind = pods.filter(({ name, labels, ready }) => {
    const revision = labels['controller-revision-hash'];
    const ordinal = Number(name.slice(name.lastIndexOf('-') + 1));
    return ready !== 'True' && revision !== undefined && revision !== wanted && ordinal >= partition;
  });
  if (wanted === null || behind.length === 0) return undefined;
  return {
    words: `The template is of another revision by now (${wanted}), and the StatefulSet does not replace a pod that has not become Ready: whoever mends the template deletes its pods besides.`,
    evidence: [
      fieldEvidence(facts, top, 'status.updateRevision', wanted),
      ...behind
        .slice(0, 2)
        .map((pod) =>
          fieldEvidence(
            facts,
            pod,
            'metadata.labels[controller-revision-hash]',
            pod.labels['controller-revision-hash'],
          ),
        ),
    ],
    mend: behind.slice(0, 5).map(({ namespace, name }) => kubectl(namespace, 'delete', 'pod', name)),
  };
}
