/**
 * How long a key takes until the bytes of its frame are handed to the terminal, over a table of any length. Drives the
 * built program's own UI (`npm run build` first) on a terminal that only counts; nothing of Ink or React is left out.
 */
import { EventEmitter } from 'node:events';
import type * as shell from '../../analyze/tui/app.tsx';
import type * as controllers from '../../analyze/tui/controller.ts';
import type * as themes from '../../analyze/tui/theme.ts';
import type * as verdicts from '../../analyze/tui/views/verdict.ts';
import type { Replay } from '../../analyze/model/replay.ts';
import type { Verdict } from '../../analyze/model/verdict.ts';
import type { StoreWriter } from '../../analyze/store/writer.ts';

export interface KeyToFrame {
  readonly columns: number;
  readonly rows: number;
  /** Rows of the table. */
  readonly over: number;
  readonly keys: number;
  /** Milliseconds from the key's arrival to the first bytes. */
  readonly p50: number;
  readonly p95: number;
  readonly worst: number;
  /** Milliseconds from the command to the table's first frame. */
  readonly open: number;
  /** Bytes written a key, on average. */
  readonly bytes: number;
}

export interface KeyToFrameOptions {
  readonly columns: number;
  readonly rows: number;
  /** Default 100,000. */
  readonly over?: number;
  /** Default 200. */
  readonly keys?: number;
}

/** What fingers do in a long table: mostly one row, often a page, now and then to an end or into the middle. */
const KEYS = [
  'j',
  'j',
  'j',
  '\u001b[6~',
  'j',
  '\u001b[6~',
  '\u001b[6~',
  'k',
  'G',
  'k',
  '\u001b[5~',
  '\u001b[5~',
  'g',
  '\u0004',
];

/** Longer than a frame of Ink at 60 a second, so that no key waits for the one before. */
const BETWEEN_MS = 25;

/** Measures one size of terminal. Each key is sent when the frame of the one before has been written. */
export async function measureKeyToFrame(options: KeyToFrameOptions): Promise<KeyToFrame> {
  const { columns, rows, over = 100_000, keys = 200 } = options;
  // React chooses its build while it is imported.
  process.env['NODE_ENV'] = 'production';
  const store = await podStore(over);
  const { render } = await import('ink');
  const { createElement } = await import('react');
  const { App } = await built<typeof shell>('app.js');
  const { createController } = await built<typeof controllers>('controller.js');
  const { createTheme } = await built<typeof themes>('theme.js');
  const { verdictScreen } = await built<typeof verdicts>('views/verdict.js');
  const verdict = emptyVerdict();
  const controller = createController(
    {
      source: 'bench',
      store,
      verdict,
      moment: () => undefined,
      replay: () => (): Replay => {
        throw new Error('no paths here');
      },
      query: () => Promise.reject(new Error('no queries here')),
    },
    verdictScreen(verdict),
    { theme: createTheme(true), size: { columns, rows }, copy: () => undefined, quit: () => undefined },
  );
  const terminal = new CountingTerminal(columns, rows);
  const keyboard = new Keyboard();
  const app = render(createElement(App, { controller }), {
    // Ink asks of both only what these have.
    stdout: terminal as unknown as NodeJS.WriteStream,
    stdin: keyboard as unknown as NodeJS.ReadStream,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  try {
    await pause();
    for (const key of ':pods') await send(terminal, keyboard, key);
    const open = await send(terminal, keyboard, '\r');
    const before = terminal.bytes;
    const times: number[] = [];
    for (let index = 0; index < keys; index += 1) {
      times.push(await send(terminal, keyboard, KEYS[index % KEYS.length] ?? 'j'));
    }
    times.sort((a, b) => a - b);
    return {
      columns,
      rows,
      over,
      keys,
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      worst: times.at(-1) ?? 0,
      open,
      bytes: Math.round((terminal.bytes - before) / keys),
    };
  } finally {
    app.unmount();
    controller.close();
    store.close();
  }
}

/** Both sizes that the budget names. */
export async function keyToFrame(): Promise<KeyToFrame[]> {
  return [
    await measureKeyToFrame({ columns: 80, rows: 24 }),
    await measureKeyToFrame({ columns: 200, rows: 42 }),
  ];
}

/** Milliseconds from a key to the first bytes after it. */
async function send(terminal: CountingTerminal, keyboard: Keyboard, key: string): Promise<number> {
  const written = terminal.next();
  const start = performance.now();
  keyboard.press(key);
  const at = await Promise.race([written, timeUp(key)]);
  await pause();
  return at - start;
}

/** A key that changes nothing on the screen would be waited for without end. */
async function timeUp(key: string): Promise<never> {
  await new Promise((resolve) => {
    setTimeout(resolve, 5000).unref();
  });
  throw new Error(`no frame came within five seconds of the key ${JSON.stringify(key)}`);
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, BETWEEN_MS);
  });
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function built<Module>(file: string): Promise<Module> {
  return import(new URL(`../../dist/analyze/tui/${file}`, import.meta.url).href) as Promise<Module>;
}

class CountingTerminal extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  bytes = 0;
  #waiting: ((at: number) => void) | undefined;
  readonly columns: number;
  readonly rows: number;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  /** When the next frame's bytes come. The marks around a synchronised frame are no frame yet. */
  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  write(text: string, done?: () => void): boolean {
    this.bytes += Buffer.byteLength(text);
    if (text.length > 12) {
      this.#waiting?.(performance.now());
      this.#waiting = undefined;
    }
    done?.();
    return true;
  }
}

class Keyboard extends EventEmitter {
  readonly isTTY = true;
  #pending: string | null = null;

  press(key: string): void {
    this.#pending = key;
    this.emit('readable');
  }

  read(): string | null {
    const key = this.#pending;
    this.#pending = null;
    return key;
  }

  setEncoding(): void {}
  setRawMode(): void {}
  resume(): void {}
  pause(): void {}
  ref(): void {}
  unref(): void {}
}

/** A store of nothing but pods, as a bundle of a large cluster has them. */
async function podStore(count: number): Promise<StoreWriter> {
  const { createStore, makeIndices } = await import('../../analyze/store/writer.ts');
  const store = createStore(':memory:');
  const add = store.insert('objects', [
    'id',
    'api_version',
    'kind',
    'resource',
    'namespace',
    'name',
    'uid',
    'created_at',
  ]);
  const addPod = store.insert('pods', [
    'object_id',
    'namespace',
    'name',
    'phase',
    'ready',
    'node',
    'pod_ip',
    'host_network',
    'restarts',
    'created_at',
  ]);
  const addContainer = store.insert('containers', [
    'object_id',
    'namespace',
    'pod',
    'name',
    'type',
    'ready',
    'restarts',
  ]);
  store.transaction(() => {
    for (let id = 1; id <= count; id += 1) {
      const namespace = `team-${id % 40}`;
      const name = `service-${id % 500}-7d9f8b6c5d-${id.toString(36).padStart(5, '0')}`;
      const at = 1_770_000_000_000_000 + id * 1_000_000;
      add(id, 'v1', 'Pod', 'pods', namespace, name, `uid-${id}`, at);
      addPod(
        id,
        namespace,
        name,
        'Running',
        'True',
        `node-${id % 200}`,
        `10.${id % 200}.${(id >> 8) % 256}.${id % 256}`,
        0,
        id % 7,
        at,
      );
      addContainer(id, namespace, name, 'app', 'app', 1, id % 7);
    }
  });
  store.insert('lists', ['resource', 'version', 'kind', 'namespaced', 'outcome', 'items'])(
    'pods',
    'v1',
    'Pod',
    1,
    'complete',
    count,
  );
  makeIndices(store, 'objects');
  store.exec('ANALYZE');
  return store;
}

function emptyVerdict(): Verdict {
  return {
    format: 'inquest-verdict/1',
    bundle: {
      id: 'bench',
      cluster: 'bench',
      startedAt: '2026-05-01T00:00:00Z',
      end: 'complete',
      tool: 'inquest',
    },
    capturedAt: '2026-05-01T00:00:00Z',
    roots: [],
    unexplained: [],
    hiding: {},
    chains: [],
    over: [],
    findings: [],
    suspects: {},
    paths: [],
    unknown: [],
    errors: [],
    checks: [],
    gaps: [],
  };
}
