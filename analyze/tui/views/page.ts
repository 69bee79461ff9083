/** A screen that is a page of text with links: the verdict, a finding, YAML, help. Searchable. */
import { toExpression } from '../components/filter.ts';
import {
  clampTop,
  documentStatus,
  drawDocument,
  layOut,
  moveDocument,
  selectedTarget,
  type Block,
  type DocumentState,
  type Laid,
} from '../components/document.ts';
import type { KeyContext } from '../keymap.ts';
import type { Act, Env, Outcome, Screen, Subject, Target } from '../screen.ts';

export interface Page {
  readonly crumb: string;
  /** Before `document` and `move`. */
  readonly contexts?: readonly KeyContext[];
  /** The whole page; called again when the width or the clock changes. */
  blocks(env: Env): readonly Block[];
  /** Rows before these are scrolled over at first: the block the page was opened for. */
  readonly focus?: number;
  readonly subject?: Subject;
  /** Keys of this page alone. */
  act?(env: Env, act: Act): Outcome | undefined;
}

interface PageState extends DocumentState {
  readonly pattern?: string;
}

/** The screen of a page, at its beginning or at the block it was opened for. */
export function pageScreen(page: Page): Screen {
  const laid = layouts(page);
  const start = (env: Env): PageState => {
    const rows = laid(env);
    if (page.focus === undefined) return { top: 0, link: rows.links.length > 0 ? 0 : -1 };
    const row = firstRowOf(page, env, page.focus);
    return { top: clampTop(row - Math.floor(env.size.rows / 3), rows, env.size.rows), link: -1, hit: row };
  };
  return screenOf(page, laid, undefined, start);
}

type Layouts = (env: Env) => Laid;

function screenOf(
  page: Page,
  laid: Layouts,
  state: PageState | undefined,
  start: (env: Env) => PageState,
): Screen {
  const stateIn = (env: Env): PageState => state ?? start(env);
  const become = (next: PageState): Outcome => ({ screen: screenOf(page, laid, next, start) });
  return {
    crumb: page.crumb,
    contexts: [...(page.contexts ?? []), 'search', 'document', 'object', 'move'],
    draw: (env) => drawDocument(laid(env), stateIn(env), env),
    status: (env) => documentStatus(laid(env), stateIn(env), env),
    subject: (env) => subjectOf(page, selectedTarget(laid(env), stateIn(env))),
    act(env, act) {
      const own = page.act?.(env, act);
      if (own !== undefined) return own;
      const current = stateIn(env);
      const moved = moveDocument(laid(env), current, act, env);
      if (moved !== undefined) return become({ ...current, ...moved });
      if (act.action === 'open') {
        const target = selectedTarget(laid(env), current);
        return target === undefined ? become(scrollOn(laid(env), current, env)) : { open: target };
      }
      return searching(env, act, current, laid(env), become);
    },
  };
}

/** A page is laid out once for each width and clock. */
function layouts(page: Page): Layouts {
  let known: { key: string; laid: Laid } | undefined;
  return (env) => {
    const key = `${env.size.columns} ${env.clock.mode} ${env.theme.color}`;
    if (known?.key !== key) known = { key, laid: layOut(page.blocks(env), env, env.size.columns) };
    return known.laid;
  };
}

function firstRowOf(page: Page, env: Env, block: number): number {
  return layOut(page.blocks(env).slice(0, block), env, env.size.columns).rows.length;
}

function scrollOn(laid: Laid, state: PageState, env: Env): PageState {
  return { ...state, top: clampTop(state.top + 1, laid, env.size.rows) };
}

function searching(
  env: Env,
  act: Act,
  state: PageState,
  laid: Laid,
  become: (state: PageState) => Outcome,
): Outcome | undefined {
  if (act.action === 'search') {
    return {
      ask: {
        kind: 'search',
        label: '/',
        text: '',
        submit: (env, _screen, text) => find(env, laid, { ...state, pattern: text }, 1, become),
      },
    };
  }
  if (act.action === 'search-next') return find(env, laid, state, 1, become);
  if (act.action === 'search-previous') return find(env, laid, state, -1, become);
  return undefined;
}

function find(
  env: Env,
  laid: Laid,
  state: PageState,
  step: 1 | -1,
  become: (state: PageState) => Outcome,
): Outcome {
  if (state.pattern === undefined || state.pattern === '')
    return { say: 'Nothing to search for yet: / asks.' };
  const expression = toExpression(state.pattern);
  const count = laid.rows.length;
  const from = state.hit ?? state.top - step;
  for (let offset = 1; offset <= count; offset += 1) {
    const row = (from + step * offset + count * 2) % count;
    if (expression.test(laid.rows[row]?.plain ?? '')) {
      const height = env.size.rows;
      const seen = row >= state.top && row < state.top + height;
      const top = seen ? state.top : clampTop(row - Math.floor(height / 2), laid, height);
      return become({ ...state, hit: row, top });
    }
  }
  return { ...become(state), say: `Not found: ${state.pattern}`, tone: 'warn' };
}

/** On the page of an object the keys for objects work on that object, whatever link is selected. */
function subjectOf(page: Page, target: Target | undefined): Subject | undefined {
  const own = targetSubject(target, page.subject);
  if (page.subject?.objectId === undefined || own === undefined) return own;
  const { ref: _, objectId: __, ...rest } = own;
  return { ...page.subject, ...rest };
}

/** What the keys for objects work on, read off what is selected. */
export function targetSubject(target: Target | undefined, otherwise?: Subject): Subject | undefined {
  switch (target?.kind) {
    case 'evidence': {
      const { object, text, path, value } = target.evidence;
      const said = path === undefined ? text : `${path}: ${JSON.stringify(value)}`;
      return {
        evidence: target.evidence,
        ...(object === undefined ? {} : { ref: object }),
        ...(said === undefined ? {} : { text: said }),
      };
    }
    case 'object':
      return { ref: target.ref };
    case 'describe':
    case 'yaml':
      return { objectId: target.id };
    case 'finding':
      return otherwise?.finding === target.key ? otherwise : { finding: target.key };
    case 'path':
      return { pathKey: target.key, text: target.key };
    case 'moment':
      return {
        ...(target.ref === undefined ? {} : { ref: target.ref }),
        ...(target.at === undefined ? {} : { at: target.at }),
      };
    case 'text':
      return { text: target.text };
    default:
      return otherwise;
  }
}
