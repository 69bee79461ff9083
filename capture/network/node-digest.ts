/** What a capture keeps in mind of a node. Pure. */
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import { listOf, textOf } from './read.ts';

export interface NodeDigest {
  /** Its condition `Ready` is True, or it has none yet. */
  readonly ready: boolean;
  readonly zone: string | undefined;
}

export function nodeDigest(object: JsonRecord): NodeDigest {
  const ready = listOf(asRecord(object['status'])['conditions']).find((one) => one['type'] === 'Ready');
  const labels = asRecord(asRecord(object['metadata'])['labels']);
  return {
    ready: ready === undefined || ready['status'] === 'True',
    zone: textOf(labels['topology.kubernetes.io/zone']) || undefined,
  };
}
