/** A path walked layer by layer: the stations one under another, the one stood at laid open; time runs along moments. */
import { parseTime, type Micros } from '../../../src/core/time.ts';
import type { Replay, ReplayStep } from '../../model/replay.ts';
import { shortText } from '../clock.ts';
import {
  clampTop,
  drawDocument,
  layOut,
  type Block,
  type DocumentState,
  type Laid,
} from '../components/document.ts';
import type { Act, Env, Outcome, Screen } from '../screen.ts';
import { cell, fit, truncate } from '../width.ts';
import { targetSubject } from './page.ts';
import { evidenceBlock, STATUS_WORDS, statusTone } from './words.ts';

interface ReplayState {
  readonly at: (at?: Micros) => Replay;
  readonly replay: Replay;
  /** Index of the station stood at. */
  readonly station: number;
  /** Index of the evidence selected there; -1: the station itself. */
  readonly evidence: number;
  /** Index into the moments; -1 is the capture. */
  readonly moment: number;
}

/** Opens a path's replay at the capture or at a time, standing where the request stops. */
export function openReplay(env: Env, pathKey: string, at?: Micros): Outcome {
  const walk = env.replay(pathKey);
  const replay = walk(at);
  const moment =
    at === undefined ? -1 : replay.moments.findLastIndex((entry) => (parseTime(entry.at) ?? 0) <= at);
  const stop = replay.steps.findIndex((step) => step.station === replay.stopsAt);
  return { screen: replayScreen({ at: walk, replay, station: Math.max(0, stop), evidence: -1, moment }) };
}

/** Rows above the stations: where and when, the line of moments, what happened then, the layers. */
const HEAD = 4;

function replayScreen(state: ReplayState): Screen {
  const become = (next: Partial<ReplayState>): Outcome => ({ screen: replayScreen({ ...state, ...next }) });
  const step = state.replay.steps[state.station];
  return {
    crumb: 'replay',
    contexts: ['replay', 'object', 'move'],
    status: () => `layer ${state.station + 1}/${state.replay.steps.length}`,
    draw: (env) => draw(state, env),
    subject() {
      const evidence = step?.evidence[state.evidence] ?? step?.evidence[0];
      const at = parseTime(state.replay.at);
      return {
        ...(evidence === undefined ? {} : targetSubject({ kind: 'evidence', evidence })),
        pathKey: state.replay.path,
        ...(at === undefined ? {} : { at }),
      };
    },
    act: (env, act) => replayAct(state, env, act, become),
  };
}

function replayAct(
  state: ReplayState,
  env: Env,
  act: Act,
  become: (next: Partial<ReplayState>) => Outcome,
): Outcome | undefined {
  const { steps } = state.replay;
  const last = steps.length - 1;
  switch (act.action) {
    case 'down':
    case 'up':
      return become(walkOn(state, act.action === 'down' ? 1 : -1));
    case 'page-down':
    case 'page-up': {
      const next = state.station + (act.action === 'page-down' ? 1 : -1);
      return become({ station: Math.max(0, Math.min(last, next)), evidence: -1 });
    }
    case 'top':
      return become({ station: 0, evidence: -1 });
    case 'bottom':
      return become({ station: last, evidence: -1 });
    case 'open': {
      const evidence = steps[state.station]?.evidence[state.evidence];
      if (evidence !== undefined) return { open: { kind: 'evidence', evidence } };
      if (state.station >= last) return { say: 'That was the last layer; [ and ] step through time.' };
      return become({ station: state.station + 1, evidence: -1 });
    }
    case 'earlier':
    case 'later':
      return stepTime(state, env, act.action === 'later' ? 1 : -1, become);
    default:
      return undefined;
  }
}

/** From a station into its evidence, from the last piece on to the next station; and the same way back. */
function walkOn(state: ReplayState, by: 1 | -1): Partial<ReplayState> {
  const { steps } = state.replay;
  const pieces = steps[state.station]?.evidence.length ?? 0;
  const evidence = state.evidence + by;
  if (evidence >= -1 && evidence < pieces) return { evidence };
  const station = state.station + by;
  const next = steps[station];
  if (next === undefined) return {};
  return { station, evidence: by > 0 ? -1 : next.evidence.length - 1 };
}

function stepTime(
  state: ReplayState,
  env: Env,
  by: 1 | -1,
  become: (next: Partial<ReplayState>) => Outcome,
): Outcome {
  const { moments } = state.replay;
  if (moments.length === 0) return { say: 'Nothing on this path carries a time: there is only the capture.' };
  // The capture is the place after the last moment.
  const { at: shown, capturedAt } = state.replay;
  const place = state.moment >= 0 ? state.moment : shown === capturedAt ? moments.length : -1;
  const next = place + by;
  if (next < 0) return { say: 'That was the earliest moment known on this path.' };
  if (next > moments.length) return { say: 'That is the capture: nothing is known of later.' };
  const moment = next >= moments.length ? -1 : next;
  const at = moment < 0 ? undefined : parseTime(moments[moment]?.at);
  const replay = at === undefined ? state.at() : state.at(at);
  const station = Math.min(state.station, replay.steps.length - 1);
  return become({ moment, replay, station, evidence: -1 });
}

function draw(state: ReplayState, env: Env): string[] {
  const width = env.size.columns;
  const { replay } = state;
  const room: Env = { ...env, size: { columns: width, rows: Math.max(1, env.size.rows - HEAD) } };
  const { laid, selected, first } = layOutSteps(state, room);
  const document: DocumentState = { top: topFor(laid, selected, first, room.size.rows), link: selected };
  return [
    headRow(replay, env),
    momentRow(state, env),
    momentText(state, env),
    layersRow(state, env),
    ...drawDocument(laid, document, room),
  ];
}

function headRow(replay: Replay, env: Env): string {
  const { paint } = env.theme;
  const stops = replay.stopsAt === undefined ? 'nothing is known to stop it' : `stops at ${replay.stopsAt}`;
  const left = truncate(cell(replay.path), env.size.columns - stops.length - 4);
  return ` ${paint('strong', left)}  ${paint(replay.stopsAt === undefined ? 'good' : 'bad', stops)}`;
}

/** All layers in one row, the one stood at in brackets: what is above and below it stays in sight. */
function layersRow(state: ReplayState, env: Env): string {
  const parts: string[] = [];
  let room = env.size.columns - 1;
  state.replay.steps.forEach((step, index) => {
    const open = index === state.station;
    if (step.status === 'none' && !open) return;
    const word = `${step.station} ${STATUS_WORDS[step.status]}`;
    const text = open ? `[${word}]` : word;
    room -= text.length + 2;
    if (room >= 0) parts.push(env.theme.paint(statusTone(step.status), text));
  });
  return ` ${parts.join('  ')}`;
}

/** The moments as a line to walk on: `o--o--(o)--o==capture`. */
function momentRow(state: ReplayState, env: Env): string {
  const { moments, at, capturedAt } = state.replay;
  const { paint } = env.theme;
  const shown = shortText(env.clock, at);
  const count = moments.length;
  const isCapture = state.moment < 0 && at === capturedAt;
  const where = isCapture
    ? 'the capture'
    : state.moment < 0
      ? 'before all moments'
      : `moment ${state.moment + 1} of ${count}`;
  const label = ` at ${shown}, ${where}  `;
  const room = env.size.columns - label.length - 2;
  const marks = moments.map((_, index) => (index === state.moment ? '(o)' : '-o-'));
  const line = `${marks.join('')}${isCapture ? '(#)' : '-#'}`;
  const focus = state.moment < 0 ? line.length : state.moment * 3;
  const start = Math.max(0, Math.min(line.length - room, focus - Math.floor(room / 2)));
  return `${paint('label', label)}${line.slice(start, start + room)}`;
}

function momentText(state: ReplayState, env: Env): string {
  const moment = state.replay.moments[state.moment];
  const count = state.replay.moments.length;
  const text =
    moment === undefined
      ? count === 0
        ? 'no other moment of this path is known'
        : '[ steps back through what changed on this path'
      : `${moment.basis}: ${moment.text}`;
  return ` ${env.theme.paint(moment === undefined ? 'dim' : 'plain', truncate(cell(text), env.size.columns - 2))}`;
}

interface LaidSteps {
  readonly laid: Laid;
  /** The link that carries the mark. */
  readonly selected: number;
  /** The first row of the station stood at. */
  readonly first: number;
}

function layOutSteps(state: ReplayState, env: Env): LaidSteps {
  const { steps } = state.replay;
  const before = steps.slice(0, state.station).flatMap((step) => stationRow(step, false, env));
  const blocks = steps.flatMap((step, index) => [
    ...stationRow(step, index === state.station, env),
    ...(index === state.station ? details(step, env) : []),
  ]);
  // Every station is one link, the evidence of the open one follows it.
  const selected = state.station + 1 + state.evidence;
  return {
    laid: layOut(blocks, env, env.size.columns),
    selected,
    first: layOut(before, env, env.size.columns).rows.length,
  };
}

function stationRow(step: ReplayStep, open: boolean, env: Env): Block[] {
  const status = STATUS_WORDS[step.status];
  const basis = step.status === 'none' ? '' : step.basis;
  const lead = `${fit(step.station, 9)}${fit(status, 8)}${fit(basis, 9)}`;
  const text = open || step.status === 'none' ? step.title : `${step.title} · ${step.found}`;
  return [
    {
      lead,
      leadWidth: 27,
      leadTone: statusTone(step.status),
      text: open ? text : truncate(cell(text), env.size.columns),
      tone: open ? 'strong' : step.status === 'none' ? 'dim' : 'plain',
      cut: !open,
      target: { kind: 'text', title: step.station, text: step.found },
    },
  ];
}

function details(step: ReplayStep, env: Env): Block[] {
  const line = (lead: string, text: string, more: Partial<Block> = {}): Block => ({
    indent: 4,
    lead,
    leadWidth: 10,
    text,
    ...more,
  });
  return [
    ...step.looked.map((text, index) => line(index === 0 ? 'looks at' : '', text)),
    line('found', step.found, { tone: statusTone(step.status) }),
    ...(step.because === undefined ? [] : [line('because', step.because)]),
    ...step.evidence.map((evidence): Block => ({ ...evidenceBlock(evidence, env.clock, 4), leadWidth: 10 })),
    line('so', step.means),
    { text: '' },
  ];
}

/** Keeps the open station in view, whole where it fits, else the part with the selected evidence. */
function topFor(laid: Laid, selected: number, first: number, height: number): number {
  const link = laid.links[selected];
  const next = laid.links.find(
    (entry) => entry.first > first && laid.rows[entry.first]?.plain.startsWith(' ') === false,
  );
  const end = next === undefined ? laid.rows.length : next.first;
  let top = end > height ? Math.min(first, end - height) : 0;
  if (link !== undefined && link.last >= top + height) top = link.last - height + 1;
  if (link !== undefined && link.first < top) top = link.first;
  return clampTop(top, laid, height);
}
