/** The UI without a terminal and without the judge: a store of plain objects, a verdict by hand, keys in, rows out. */
import { findingSchema, type Finding } from '../../../analyze/model/finding.ts';
import { verdictSchema, type Verdict } from '../../../analyze/model/verdict.ts';
import { prepareReplay } from '../../../analyze/replay/replay.ts';
import { buildTimeline } from '../../../analyze/timeline/build.ts';
import { createController, type Controller } from '../../../analyze/tui/controller.ts';
import type { Opened, SqlResult } from '../../../analyze/tui/screen.ts';
import { createTheme } from '../../../analyze/tui/theme.ts';
import { verdictScreen } from '../../../analyze/tui/views/verdict.ts';
import { parseTime } from '../../../src/core/time.ts';
import { STARTED_AT, storeFrom, type EvidenceGiven } from '../../support/evidence.ts';

export interface Ui {
  readonly controller: Controller;
  /** Presses keys by name, one after another; any other text is typed. */
  press(...keys: string[]): void;
  rows(): readonly string[];
  /** The row that carries the selection's mark. */
  selected(): string;
  /** What was copied last. */
  copied(): string | undefined;
  ended(): boolean;
  close(): void;
}

export interface UiOptions {
  readonly verdict?: Partial<Verdict>;
  readonly query?: (sql: string, signal: AbortSignal) => Promise<SqlResult>;
}

const NAMED = /^(?:up|down|left|right|enter|esc|tab|space|home|end|pgup|pgdn|backspace|ctrl\+.|shift\+tab)$/;

/** Opens the UI over evidence, at 80×24 and without colours. */
export function uiOver(given: EvidenceGiven, options: UiOptions = {}): Ui {
  const store = storeFrom(given);
  buildTimeline(store);
  const verdict = verdictOf(options.verdict);
  let copied: string | undefined;
  let ended = false;
  const opened: Opened = {
    source: 'test.tar.gz',
    store,
    verdict,
    moment: (text) => parseTime(`2026-05-01T${text}:00Z`),
    replay: (key) => prepareReplay(store, verdict, key),
    query: options.query ?? (() => Promise.reject(new Error('no queries here'))),
  };
  const controller = createController(opened, verdictScreen(verdict), {
    theme: createTheme(false),
    size: { columns: 80, rows: 24 },
    quit: () => {
      ended = true;
    },
    copy(text) {
      copied = text;
      return undefined;
    },
  });
  return {
    controller,
    press(...keys) {
      for (const key of keys) {
        if (NAMED.test(key)) controller.key(key);
        else for (const char of key) controller.key(char === ' ' ? 'space' : char);
      }
    },
    rows: controller.frame,
    selected: () => controller.frame().find((row) => row.startsWith('>')) ?? '',
    copied: () => copied,
    ended: () => ended,
    close() {
      controller.close();
      store.close();
    },
  };
}

/** A verdict of nothing, with whatever is given in its place. */
function verdictOf(parts: Partial<Verdict> = {}): Verdict {
  return verdictSchema.parse({
    format: 'inquest-verdict/1',
    bundle: { id: 'b', cluster: 'prod', startedAt: STARTED_AT, end: 'complete', tool: 'inquest test' },
    capturedAt: STARTED_AT,
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
    ...parts,
  });
}

/** A root cause on a Service, its evidence a field of it. */
export function selectorFinding(): Finding {
  const object = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'payment' };
  return findingSchema.parse({
    key: 'service/selector-mismatch:Service/shop/payment',
    check: 'service/selector-mismatch',
    layer: 'service',
    severity: 'critical',
    confidence: 'certain',
    role: 'cause',
    object,
    summary: 'Service shop/payment selects app=v1, but its pods carry app=v2',
    detail: 'No pod carries app=v1.',
    evidence: [{ kind: 'field', object, path: 'spec.selector.app', value: 'v1' }],
    since: { from: '2026-05-01T14:20:00Z', to: '2026-05-01T14:20:00Z', basis: 'observed' },
    involves: [],
    causes: [],
    masks: [],
    remedy: { summary: 'Let them agree.', confirm: ['kubectl -n shop get pods'], mend: [] },
  });
}
