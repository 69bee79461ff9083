/** A replay as plain text, a block a station. */
import { oneLine } from '../../src/core/text.ts';
import { parseTime } from '../../src/core/time.ts';
import type { Evidence } from '../model/finding.ts';
import type { Replay, ReplayStep } from '../model/replay.ts';
import { clockText, dayText, type Zone } from '../timeline/clock.ts';
import { wrap } from '../timeline/text.ts';

export interface ReplayTextOptions {
  readonly zone: Zone;
  readonly width: number;
}

const STATUS_WORDS = { pass: 'ok', fail: 'FAIL', unknown: 'unknown', none: '-' } as const;
const HANG = 10;

/** What is replayed and when, and how the way looks in one line. */
export function replayHead(replay: Replay, options: ReplayTextOptions): string[] {
  const way = replay.steps
    .filter((step) => step.station !== 'client')
    .map((step) => `${step.station} ${STATUS_WORDS[step.status]}`)
    .join(' > ');
  const stops =
    replay.stopsAt === undefined
      ? 'No layer is known to stop the request.'
      : `The request stops at: ${replay.stopsAt}`;
  return [
    `Path ${oneLine(replay.path)}`,
    `At ${when(replay.at, options)}${replay.at === replay.capturedAt ? ', the capture' : ` (captured ${when(replay.capturedAt, options)})`}`,
    ...wrap(way, options.width),
    stops,
  ];
}

/** One station; `number` of `of` is its place. */
export function stepText(step: ReplayStep, number: number, of: number, options: ReplayTextOptions): string[] {
  const basis = step.basis === 'observed' ? '' : `, ${step.basis}`;
  const word =
    step.status === 'none' ? '' : ` [${STATUS_WORDS[step.status]}${step.status === 'unknown' ? '' : basis}]`;
  return [
    `${number}/${of} ${step.station.toUpperCase()}${word} ${oneLine(step.title)}`,
    ...step.looked.flatMap((line) => part('looks at', line, options)),
    ...part('found', step.found, options),
    ...(step.because === undefined ? [] : part('because', step.because, options)),
    ...step.evidence.flatMap((evidence) => part('evidence', evidenceText(evidence), options)),
    ...part('so', step.means, options),
  ];
}

/** The moments at which something changed, the shown one marked; stepping through time goes along them. */
export function momentsText(replay: Replay, options: ReplayTextOptions): string[] {
  return replay.moments.flatMap((moment, index) => {
    const head = `${String(index + 1).padStart(3)} ${when(moment.at, options)} ${moment.basis === 'inferred' ? '~' : ' '} `;
    return wrap(oneLine(moment.text), Math.max(20, options.width - head.length)).map(
      (line, row) => `${row === 0 ? head : ' '.repeat(head.length)}${line}`,
    );
  });
}

function part(name: string, text: string, options: ReplayTextOptions): string[] {
  return wrap(oneLine(text), Math.max(20, options.width - HANG)).map(
    (line, index) => `${index === 0 ? ` ${name}`.padEnd(HANG) : ' '.repeat(HANG)}${line}`,
  );
}

/** `Service shop/payment spec.selector = {"app":"v1"} (resources/core/v1/services/0001.ndjson:3)`. */
export function evidenceText(evidence: Evidence): string {
  const { object } = evidence;
  const of =
    object === undefined
      ? ''
      : `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`;
  const value = evidence.value === undefined ? '' : ` = ${JSON.stringify(evidence.value)}`;
  const place =
    evidence.file === undefined
      ? ''
      : ` (${evidence.file}${evidence.line === undefined ? '' : `:${evidence.line}`})`;
  return [evidence.at ?? '', of, `${evidence.path ?? ''}${value}`, evidence.text ?? '']
    .filter((piece) => piece !== '')
    .join(' ')
    .concat(place);
}

function when(text: string, options: ReplayTextOptions): string {
  const at = parseTime(text);
  if (at === undefined || options.zone === 'relative') return text;
  return `${dayText(at, options.zone)} ${clockText(at, options.zone, 0)}${options.zone === 'utc' ? 'Z' : ''}`;
}
