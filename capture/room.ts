/** How the bytes of `--max-size` are spent: by worth. What is worth less finds the file full earlier. */
import type { BundleWriter } from '../src/bundle/writer.ts';
import { ApiFailure } from './failure.ts';

/** Of what may be used, how much each may fill. Records of how things ended always find room. */
const SHARES = { log: 0.7, low: 0.85, telling: 1 } as const;
export type Worth = keyof typeof SHARES;

/** Kept back for the manifest: SHA-256 does not compress, and every entry has one and a path. */
const RESERVE = { bytes: 16 * 1024, perEntry: 140 } as const;

/** What decides most cases; any other object or answer goes before it when there is no room. */
const TELLING =
  /^(resources\/(core\/v1\/(events|pods|services|nodes|endpoints|configmaps|namespaces|persistentvolumeclaims|resourcequotas)|discovery\.k8s\.io|apps|networking\.k8s\.io|gateway\.networking\.k8s\.io)\/|probes\/|changes\/|discovery\/|health\/|metrics\/)/;
const RECORD = /^(collectors\/[^/]+\.json|resources\/.+\/list(\.[^/]+)?\.json)$/;

/** What an entry is worth by its path; undefined for records, which are small and always taken. */
export function worthOf(path: string): Worth | undefined {
  if (RECORD.test(path)) return undefined;
  if (path.startsWith('logs/')) return 'log';
  return TELLING.test(path) ? 'telling' : 'low';
}

/** Bytes that a log may fill, claimed before it is written part by part. */
export interface Reservation {
  /** Granted: at most what was asked for; 0 when there is no room. */
  readonly bytes: number;
  /** To be called when all of it that is written has been handed to the writer. */
  release(): void;
}

export interface Room {
  /** Compressed bytes that entries of this worth may still take; never below zero. */
  left(worth: Worth): number;
  /** Claims as many of `bytes` (not compressed yet) as are sure to fit, for logs: their newest part is better than none. */
  reserve(bytes: number): Promise<Reservation>;
  /**
   * Hands an entry of so many bytes, not compressed yet, to the writer by `add` when it is sure to fit. Logs are added as
   * reserved.
   * @throws ApiFailure `too-large`, and what `add` throws
   */
  take<T>(path: string, bytes: number, add: () => Promise<T>): Promise<T>;
}

/** Room for a file of `maxBytes`. */
export function createRoom(writer: Pick<BundleWriter, 'progress' | 'flush'>, maxBytes: number): Room {
  /** Reserved, and perhaps not handed to the writer yet: no flush settles it. */
  let held = 0;
  /** Handed to the writer, and perhaps not in the file yet. */
  let claimed = 0;
  let inFile = writer.progress().written;
  const most = (worth: Worth): number => {
    const { entries } = writer.progress();
    return (maxBytes - RESERVE.bytes - entries * RESERVE.perEntry) * SHARES[worth];
  };
  const left = (worth: Worth): number => Math.max(0, most(worth) - inFile - claimed - held);
  /** Only what lies in the file is known to its compressed size; until then it counts in full. */
  const settle = async (): Promise<void> => {
    await writer.flush();
    inFile = writer.progress().written;
    claimed = 0;
  };
  const claim = async (path: string, bytes: number): Promise<void> => {
    const worth = worthOf(path);
    if (worth === 'log') return;
    if (worth !== undefined && bytes > left(worth)) {
      await settle();
      if (bytes > left(worth)) {
        throw new ApiFailure(
          'too-large',
          `no room in a file of ${(maxBytes / 1e6).toFixed(1)} MB (--max-size)`,
        );
      }
    }
    claimed += bytes;
  };
  const reserve = async (bytes: number): Promise<Reservation> => {
    if (bytes > left('log')) await settle();
    const granted = Math.min(bytes, Math.floor(left('log')));
    held += granted;
    return {
      bytes: granted,
      release() {
        held -= granted;
        claimed += granted;
      },
    };
  };
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return await result;
  };
  return {
    left,
    reserve: (bytes) => inTurn(() => reserve(bytes)),
    // In one turn: what is claimed but not with the writer would be forgotten when somebody else's claim settles.
    take: (path, bytes, add) =>
      inTurn(async () => {
        await claim(path, bytes);
        return await add();
      }),
  };
}
