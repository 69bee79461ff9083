/** What stands on stderr while a capture runs: a live view on a terminal, else plain lines, events of `--json`, or nothing. */
import type { CaptureLive, CaptureProgress } from '../../capture/run.ts';
import type { ChosenContext } from '../../capture/kubeconfig.ts';
import type { Preflight } from '../../capture/preflight.ts';
import type { CaptureModel } from '../../analyze/tui/capture-frame.ts';
import { jsonText, oneLine, plural } from '../core/text.ts';
import { formatDuration } from '../core/time.ts';

export interface Progress {
  begun(context: ChosenContext, found: Preflight): void;
  /** The file is open. */
  opened(live: CaptureLive): void;
  collector(event: CaptureProgress): void;
  /** What the evidence so far says. */
  soFar(line: string): void;
  /** What has to be known whatever the flags say. */
  warn(line: string): void;
  interrupted(): void;
  /** The capture has ended; the terminal is given back. */
  end(): void;
}

export const INTERRUPTED = 'Interrupted: finishing the file. Once more to stop at once.';

/** The way that suits these flags and this terminal. */
export async function progressFor(flags: { quiet?: boolean; json?: boolean }): Promise<Progress> {
  if (flags.quiet === true) return quiet;
  if (flags.json === true) return events((line) => process.stderr.write(`${line}\n`));
  const { stderr, env } = process;
  if (!stderr.isTTY || env['TERM'] === 'dumb' || env['CI'] !== undefined) {
    return lines((line) => process.stderr.write(`${oneLine(line)}\n`));
  }
  return await onTerminal();
}

const quiet: Progress = {
  begun: () => undefined,
  opened: () => undefined,
  collector: () => undefined,
  soFar: () => undefined,
  warn: (line) => void process.stderr.write(`${oneLine(line)}\n`),
  interrupted: () => undefined,
  end: () => undefined,
};

function lines(say: (line: string) => void): Progress {
  return {
    ...quiet,
    begun: (context, found) => say(clusterLine(context, found)),
    collector: (event) => say(progressLine(event)),
    soFar: (line) => say(`So far, provisional: ${line}`),
    interrupted: () => say(INTERRUPTED),
  };
}

/** One JSON document a line. Scripts rely on these names; more may be added. */
export function events(write: (line: string) => void): Progress {
  const emit = (event: string, fields: Readonly<Record<string, unknown>>): void =>
    write(jsonText({ event, at: new Date().toISOString(), ...fields }, 0));
  return {
    begun: (context, found) =>
      emit('begun', {
        cluster: context.clusterName,
        server: context.cluster.server,
        user: found.user,
        version: found.version,
        missing: found.missing,
      }),
    opened: ({ partial, timeoutMs }) => emit('opened', { partial, timeoutMs }),
    collector({ collector: { id }, record }) {
      if (record === undefined) return emit('collector', { id, state: 'running' });
      const { outcome, records, bytes, ms, gaps } = record;
      const { requests } = record;
      return emit('collector', {
        id,
        state: 'ended',
        outcome,
        records,
        bytes,
        ms,
        requests,
        gaps: gaps.length,
      });
    },
    soFar: (summary) => emit('provisional', { summary }),
    warn: (text) => emit('warning', { text }),
    interrupted: () => emit('interrupted', {}),
    end: () => emit('ended', {}),
  };
}

/** A frame four times a second; React is loaded for it, and only here. */
async function onTerminal(): Promise<Progress> {
  const { showCapture } = await import('../../analyze/tui/capture-view.tsx');
  const view = showCapture(process.stderr);
  const rows = new Map<string, CaptureModel['rows'][number]>();
  const began = Date.now();
  let title = 'connecting';
  let live: CaptureLive | undefined;
  let note = '';
  let interrupted = false;
  const draw = (): void =>
    view.draw({
      title,
      elapsedMs: Date.now() - (live?.startedAt ?? began),
      timeoutMs: live?.timeoutMs,
      ...(live?.stats() ?? { requests: 0, bytes: 0, written: 0 }),
      rows: [...rows.values()],
      note,
      interrupted,
    });
  const timer = setInterval(draw, 250);
  return {
    begun(context, found) {
      title = clusterLine(context, found, true);
    },
    opened(now) {
      live = now;
    },
    collector({ collector, record }) {
      const startedAt = Date.now();
      rows.set(collector.id, {
        title: collector.title,
        startedAt: rows.get(collector.id)?.startedAt ?? startedAt,
        ended: record && {
          failed: record.outcome === 'failed',
          records: record.records,
          gaps: record.gaps.length,
          ms: record.ms,
        },
      });
    },
    soFar(line) {
      note = `So far, provisional: ${line}`;
    },
    warn(line) {
      view.above(oneLine(line));
    },
    interrupted() {
      interrupted = true;
      draw();
    },
    end() {
      clearInterval(timer);
      draw();
      view.end();
    },
  };
}

/** `named`: whether the context is named too, where it is called otherwise than its cluster. */
function clusterLine(context: ChosenContext, found: Preflight, named = false): string {
  const who = found.user === undefined ? `user "${context.userName}"` : found.user;
  const here =
    found.onlyHere.length === 0 ? '' : `may read in single namespaces only: ${found.onlyHere.join(', ')}`;
  const nowhere = found.missing.length === 0 ? '' : `may not read: ${found.missing.join(', ')}`;
  const missing = [here, nowhere].filter((words) => words !== '').join('; ') || 'may read everything';
  const version = found.version === undefined ? '' : ` ${found.version}`;
  const denied = found.denied.length === 0 ? '' : `; may not ${found.denied.join(' nor ')}`;
  const { contextName, clusterName } = context;
  const by = named && contextName !== clusterName ? ` (context ${contextName})` : '';
  return `Cluster ${clusterName}${by}${version} at ${context.cluster.server} as ${who}; ${missing}${denied}`;
}

function progressLine({ collector, record }: CaptureProgress): string {
  if (record === undefined) return `  … ${collector.title}`;
  const gaps = record.gaps.length === 0 ? '' : `, ${plural(record.gaps.length, 'gap')}`;
  return `  ${record.outcome === 'failed' ? '✗' : '✓'} ${collector.title}: ${record.records}${gaps} (${formatDuration(record.ms * 1000)})`;
}
