/** What the kubelet says when it evicts a pod for a limit of its own on local storage (pkg/kubelet/eviction/helpers.go). */
import { fields, text, type Fields } from '../../ingest/read.ts';
import type { PodFact } from '../pods.ts';

export interface StorageLimit {
  /** A clause: what held more than which limit. */
  readonly words: string;
  readonly remedy: string;
}

type Rule = readonly [RegExp, (match: RegExpExecArray) => StorageLimit];

/** emptyDirMessageFmt, containerEphemeralStorageMessageFmt, podEphemeralStorageMessageFmt. */
const RULES: readonly Rule[] = [
  [
    /^Usage of EmptyDir volume "([^"]*)" exceeds the limit "([^"]*)"/,
    ([, volume = '', limit = '']) => ({
      words: `its emptyDir ${volume} holds more than its sizeLimit ${limit}`,
      remedy: 'Let the program clean up what it writes there, or raise the sizeLimit.',
    }),
  ],
  [
    /^Container (\S+) exceeded its local ephemeral storage limit "([^"]*)"/,
    ([, container = '', limit = '']) => ({
      words: `container ${container} has written more than its ephemeral-storage limit ${limit}`,
      remedy: 'Let the program write less (its logs count too) or into a volume, or raise the limit.',
    }),
  ],
  [
    /^Pod ephemeral local storage usage exceeds the total limit of containers (\S+?)\.?\s*$/,
    ([, limit = '']) => ({
      words: `together its containers and emptyDirs hold more than the ephemeral-storage limit ${limit} of the pod`,
      remedy: 'Let the program write less (its logs and emptyDirs count too), or raise the limits.',
    }),
  ],
];

/**
 * Why the kubelet evicted a pod, in its words; undefined where it did not. By the pod's own reason: what kubectl shows is that
 * of a container that ended (`Error`).
 */
export function evictionOf({ ended }: PodFact, body: Fields): string | undefined {
  const { reason, message } = fields(body['status']);
  return ended && reason === 'Evicted' ? (text(message) ?? '') : undefined;
}

/** Reads the status.message of an evicted pod; undefined where the eviction was for another reason. */
export function storageLimitIn(message: string): StorageLimit | undefined {
  for (const [pattern, words] of RULES) {
    const match = pattern.exec(message);
    if (match !== null) return words(match);
  }
  return undefined;
}
