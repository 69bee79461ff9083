/** What kube-proxy's own log says of rules that it does not write: syncs that fail, Services that it may not read. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE, SECOND, type Micros } from '../../../src/core/time.ts';
import type { LogRow } from '../object-rows.ts';

/** One thing that its log says again and again. */
export interface Complaint {
  /** What it says of why, shortened. */
  readonly why: string;
  /** Oldest first. */
  readonly lines: readonly LogRow[];
}

/** A sync that failed. */
interface Failure {
  readonly at: Micros;
  /** `IPv4`, `IPv6`; undefined before 1.31 or so. */
  readonly family: string | undefined;
  readonly why: string;
  readonly line: LogRow;
  /** When it says that it tries again. */
  readonly retry: Micros | undefined;
}

/**
 * pkg/proxy/{iptables,nftables,ipvs}/proxier.go: each failed sync ends in `"Sync failed" ipFamily=… retryingTime="30s"`, after
 * an error that says why (`"Failed to execute iptables-restore"`, `"Failed to ensure chain jumps"`, `"nftables sync failed"`).
 */
const FAILED =
  /"Sync failed"|^E.*"(?:Failed to (?:execute iptables-restore|ensure |sync )[^"]*|nftables sync failed)"/;
/** Retries are `syncPeriod` apart, half a minute unless it is configured. */
const RETRY = 30 * SECOND;

/** When each family was last synced well, where kube-proxy says so (healthz, since 1.34). */
export type SyncedAt = ReadonlyMap<string, Micros>;

/**
 * Syncs that have failed and not gone well since. Where kube-proxy says when it last synced, that decides; else a failure
 * is lasting when it failed before, and again no longer ago than it waits before the next try. A first sync that fails may
 * stay the only one (it is no run of the loop that retries), so silence proves nothing where the word of healthz is there.
 *
 * @param lines the end of its log.
 * @param families those that pods of the node have: kube-proxy tries both, and nobody misses the other.
 */
export function failingSyncs(
  lines: readonly LogRow[],
  synced: SyncedAt,
  families: ReadonlySet<string>,
  endedAt: Micros,
): Complaint | undefined {
  const all = failuresIn(lines).filter(({ family }) => family === undefined || families.has(family));
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const since = last.family === undefined ? undefined : synced.get(last.family);
  if (since !== undefined) {
    if (since > last.at) return undefined;
  } else {
    const wait = (last.retry ?? RETRY) + 15 * SECOND;
    const before = all.some(({ at }) => last.at - at > 5 * SECOND);
    if (!before || endedAt - last.at > wait) return undefined;
  }
  const telling = all.findLast(({ why }) => why !== '') ?? last;
  return { why: telling.why || 'it says no more than that', lines: all.slice(-3).map(({ line }) => line) };
}

function failuresIn(lines: readonly LogRow[]): Failure[] {
  return lines.flatMap((line, index) => {
    if (line.at === null || !FAILED.test(line.text)) return [];
    const { text } = whole(lines, index);
    const retry = /retryingTime="?(?:(\d+)m)?(\d+)s/.exec(text);
    return [
      {
        at: line.at,
        family: /ipFamily="(IPv[46])"/.exec(text)?.[1],
        why: text.startsWith('E') ? complaintOf(text) : '',
        line,
        retry: retry === null ? undefined : Number(retry[1] ?? 0) * MINUTE + Number(retry[2]) * SECOND,
      },
    ];
  });
}

/** klog writes a value of several lines as `key=<`, the lines behind a tab, and ` >` (k8s.io/klog/v2/internal/serialize). */
function whole(lines: readonly LogRow[], index: number): { text: string } {
  const first = lines[index]?.text ?? '';
  if (!first.endsWith('=<')) return { text: first };
  const rest = lines.slice(index + 1, index + 20);
  const end = rest.findIndex(({ text }) => text.startsWith(' >'));
  const more = end < 0 ? rest.slice(0, 4) : rest.slice(0, end + 1);
  return { text: [first, ...more.map(({ text }) => text.trim())].join(' ') };
}

/** klog's head (`E1127 01:36:23.988295       1 proxier.go:710] `) says nothing of why. */
const HEAD = /^[IWEF]\d{4} [\d:.]+\s+\d+ [\w./-]+:\d+\] /;

/** `"Failed to …" err="…"` without the head and the fields behind. */
function complaintOf(text: string): string {
  const said = /^"([^"]*)" err=(?:<\s*(.*?)\s*>(?: |$)|"((?:[^"\\]|\\.)*)")/s.exec(text.replace(HEAD, ''));
  const words =
    said === null
      ? text.replace(HEAD, '')
      : `${said[1] ?? ''}: ${(said[2] ?? said[3] ?? '').replaceAll('\\"', '"')}`;
  return oneLine(words).slice(0, 240);
}

/** client-go's reflector, for the kinds that kube-proxy's rules are made of. */
const WATCH = /(?:Failed to watch|failed to list).*\*v1\.(?:Service|EndpointSlice|Node|ServiceCIDR)\b/;
/** What no restart of the API server looks like. */
const TURNED_DOWN = /is forbidden: |\bUnauthorized\b|x509: /;
/** The reflector waits half a minute before it tries again, and up to twice that by chance (tools/cache/reflector.go). */
const WAIT = 75 * SECOND;

/**
 * Services, EndpointSlices or its own Node that it cannot read: for half a minute already, and until lately.
 *
 * @param anyReason whether one counts that may be the API server's, too.
 */
export function unreadKinds(
  lines: readonly LogRow[],
  endedAt: Micros,
  anyReason: boolean,
): Complaint | undefined {
  const failed = lines.filter(
    ({ at, text }) => at !== null && WATCH.test(text) && (anyReason || TURNED_DOWN.test(text)),
  );
  const [first, last] = [failed[0], failed.at(-1)];
  if (first?.at == null || last?.at == null) return undefined;
  if (last.at - first.at < MINUTE / 2 || endedAt - last.at > WAIT) return undefined;
  const why =
    /failed to list .*?(?=" logger=|"? reflector=|$)/.exec(last.text)?.[0] ?? last.text.replace(HEAD, '');
  return { why: oneLine(why.replaceAll('\\"', '"')).slice(0, 240), lines: failed.slice(-3) };
}
