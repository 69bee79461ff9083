/** The seams inside the UI: what a screen is, what it may ask of the controller, and what it is given. */
import type { ObjectRef } from '../../src/core/ids.ts';
import type { Micros } from '../../src/core/time.ts';
import type { Evidence } from '../model/finding.ts';
import type { Replay } from '../model/replay.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Store } from '../store/store.ts';
import type { Clock, ClockMode } from './clock.ts';
import type { LogName } from './data/logs.ts';
import type { ActionId, KeyContext } from './keymap.ts';
import type { Theme, Tone } from './theme.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The rows of a user's query, as the SQL console shows them. */
export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  /** True when the row limit cut it. */
  readonly truncated: boolean;
  readonly ms: number;
}

/** What the UI is opened with. Functions are the seams to the rest of analyze/; the UI itself computes nothing. */
export interface Opened {
  /** As the user named it. */
  readonly source: string;
  readonly store: Store;
  readonly verdict: Verdict;
  /** A time as people type it: `14:19`, `10m` before the capture, RFC 3339; undefined when it is none. */
  moment(text: string, local: boolean): Micros | undefined;
  /** Walks a path; what it returns steps through time in milliseconds. */
  replay(pathKey: string): (at?: Micros) => Replay;
  /** Runs in a child that can be killed; rejects with UserError. */
  query(sql: string, signal: AbortSignal): Promise<SqlResult>;
}

/** What a screen may look at while it draws or acts. `size` is the room of its body. */
export interface Env extends Opened {
  readonly theme: Theme;
  readonly clock: Clock;
  readonly size: Size;
}

/** What the selected row is about; the keys that work on objects work on this. */
export interface Subject {
  readonly ref?: ObjectRef;
  /** objects.id, where it is known. */
  readonly objectId?: number;
  readonly at?: Micros;
  readonly pathKey?: string;
  readonly finding?: string;
  readonly evidence?: Evidence;
  /** What `c` copies. */
  readonly text?: string;
}

/** Where Enter leads. */
export type Target =
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  | { readonly kind: 'object'; readonly ref: ObjectRef; readonly path?: string }
  | { readonly kind: 'finding'; readonly key: string }
  | { readonly kind: 'path'; readonly key: string; readonly at?: Micros }
  | { readonly kind: 'describe'; readonly id: number }
  | { readonly kind: 'yaml'; readonly id: number; readonly path?: string }
  | { readonly kind: 'events'; readonly ref: ObjectRef }
  | { readonly kind: 'logs'; readonly of: ObjectRef }
  | { readonly kind: 'logs-together'; readonly of: ObjectRef }
  | { readonly kind: 'log-lines'; readonly log: LogName }
  | { readonly kind: 'log'; readonly file: string; readonly line?: number; readonly at?: Micros }
  | {
      readonly kind: 'resources';
      readonly resource: string;
      readonly namespace?: string;
      readonly filter?: string;
    }
  | { readonly kind: 'text'; readonly title: string; readonly text: string }
  | { readonly kind: 'moment'; readonly at?: Micros; readonly ref?: ObjectRef }
  | { readonly kind: 'gap'; readonly key: string }
  | { readonly kind: 'view'; readonly command: string };

/** What a background job tells the screen that started it. */
export type Message =
  | { readonly kind: 'ids'; readonly job: number; readonly ids: Ids; readonly done: boolean }
  | { readonly kind: 'found'; readonly job: number; readonly index: number; readonly wrapped: boolean }
  | { readonly kind: 'absent'; readonly job: number; readonly what: string }
  | { readonly kind: 'result'; readonly job: number; readonly result: SqlResult }
  | { readonly kind: 'failed'; readonly job: number; readonly message: string };

/** Ids of a table's rows in their order; a range needs no memory however long it is. */
export interface Ids {
  readonly length: number;
  at(index: number): number | undefined;
}

export type Job = (send: (message: Message) => void, signal: AbortSignal) => void;

/** A question on the last line of the screen. */
export interface Ask {
  readonly kind: 'command' | 'filter' | 'search' | 'sql';
  readonly label: string;
  readonly text: string;
  /** Called at each change, for filters that follow the typing. */
  readonly live?: boolean;
  submit(env: Env, screen: Screen, text: string): Outcome | undefined;
}

/** What comes of a key. Undefined: the screen has no use for it, and the controller's own meaning holds. */
export interface Outcome {
  /** The screen it becomes. */
  readonly screen?: Screen;
  /** A screen on top of it. */
  readonly push?: Screen;
  /** What the controller finds a screen for: screens do not know each other. */
  readonly open?: Target;
  readonly say?: string;
  readonly tone?: Tone;
  readonly ask?: Ask;
  readonly job?: Job;
  readonly back?: boolean;
  readonly home?: boolean;
  readonly quit?: boolean;
  readonly copy?: string;
  readonly clock?: ClockMode;
}

/** An action with the key that asked for it (which digit, which letter). */
export interface Act {
  readonly action: ActionId;
  readonly key: string;
}

/** One full-screen view at one moment of its life: immutable; acting on it makes another. */
export interface Screen {
  /** In the trail at the top: `pods(shop)`. */
  readonly crumb: string;
  /** Where its keys are looked up, most special first. */
  readonly contexts: readonly KeyContext[];
  /** At most `env.size.rows` rows of at most `env.size.columns` cells, styled. */
  draw(env: Env): readonly string[];
  /** On the right of the trail: `12/3456`. */
  status?(env: Env): string;
  act(env: Env, act: Act): Outcome | undefined;
  subject?(env: Env): Subject | undefined;
  /** The letters that sort it, and the columns' heads, for the help. */
  sorts?(env: Env): ReadonlyArray<readonly [key: string, title: string]>;
  receive?(env: Env, message: Message): Outcome;
}
