/** Guessing a log line's level from the forms that are common; 0 where none is recognised, never a guess from prose. */

/** As `log_text.level` keeps it. */
export const LEVEL = { unknown: 0, debug: 1, info: 2, warning: 3, error: 4, fatal: 5 } as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];

const WORDS: Readonly<Record<string, Level>> = {
  trace: 1,
  trc: 1,
  debug: 1,
  dbg: 1,
  debu: 1,
  verbose: 1,
  fine: 1,
  info: 2,
  inf: 2,
  information: 2,
  notice: 2,
  log: 2,
  warn: 3,
  warning: 3,
  wrn: 3,
  error: 4,
  err: 4,
  eror: 4,
  severe: 4,
  fatal: 5,
  ftl: 5,
  crit: 5,
  critical: 5,
  panic: 5,
  dpanic: 5,
  emerg: 5,
  emergency: 5,
  alert: 5,
};

/** `"level":"warn"`, `"severity": "ERROR"`, `"level":50` (bunyan and pino count in tens). */
const JSON_LEVEL =
  /"(?:level|severity|lvl|log\.level|loglevel|levelname)"\s*:\s*(?:"([A-Za-z]{3,11})"|(\d{2}))/i;
/** `level=warn`, `lvl=eror`, `severity="error"`. */
const LOGFMT = /(?:^|[\s,])(?:level|lvl|severity)="?([A-Za-z]{3,11})\b/;
/** `[ERROR]`, `[warn]`, `<error>`. */
const BRACKETED = /[[<]\s*([A-Za-z]{3,9})\s*[\]>]/;
/** A level in capitals as a word of its own near the start: `2024-05-01 10:00:00,123 ERROR [main] …`, `ERROR:root:…`. */
const CAPITALS =
  /(?:^|[\s|:])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE|PANIC)(?=$|[\s:|[(-])/;
/** `error: …`, `fatal error: …`, `panic: …` at the very start. */
const LEADING = /^(warning|error|fatal error|fatal|panic|npm ERR!):?/i;

const I = 73;
const W = 87;
const E = 69;
const F = 70;

/** How far into a line a level may stand. JSON keys come in any order, so there the whole line counts, to a limit. */
const HEAD = 120;
const JSON_HEAD = 4096;

/** The level of one line without its timestamp. */
export function guessLevel(line: string): Level {
  const first = line.charCodeAt(0);
  if (first === 123 /* { */) return jsonLevel(line);
  if ((first === I || first === W || first === E || first === F) && isKlog(line)) {
    return first === I ? LEVEL.info : first === W ? LEVEL.warning : first === E ? LEVEL.error : LEVEL.fatal;
  }
  const head = line.length > HEAD ? line.slice(0, HEAD) : line;
  const bracketed = head.includes('[') || head.includes('<') ? BRACKETED.exec(head)?.[1] : undefined;
  const named = bracketed === undefined ? undefined : levelOfWord(bracketed);
  if (named !== undefined) return named;
  if (head.includes('=')) {
    const word = LOGFMT.exec(head)?.[1];
    const level = word === undefined ? undefined : levelOfWord(word);
    if (level !== undefined) return level;
  }
  const capital = CAPITALS.exec(head)?.[1];
  if (capital !== undefined) return levelOfWord(capital) ?? LEVEL.unknown;
  return leadingLevel(head);
}

/** klog: `W0102 15:04:05.123456       1 reflector.go:424] …`. */
function isKlog(line: string): boolean {
  for (let index = 1; index <= 4; index += 1) {
    const digit = line.charCodeAt(index);
    if (!(digit >= 48 && digit <= 57)) return false;
  }
  return line.charCodeAt(5) === 32 && line.charCodeAt(8) === 58;
}

function jsonLevel(line: string): Level {
  const match = JSON_LEVEL.exec(line.length > JSON_HEAD ? line.slice(0, JSON_HEAD) : line);
  if (!match) return LEVEL.unknown;
  const [, word, number] = match;
  if (word !== undefined) return levelOfWord(word) ?? LEVEL.unknown;
  const tens = Number(number);
  if (tens < 30) return LEVEL.debug;
  return tens < 40 ? LEVEL.info : tens < 50 ? LEVEL.warning : tens < 60 ? LEVEL.error : LEVEL.fatal;
}

function levelOfWord(word: string): Level | undefined {
  const key = word.toLowerCase();
  return Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
}

function leadingLevel(head: string): Level {
  const lead = LEADING.exec(head)?.[0].toLowerCase();
  if (lead === undefined) return LEVEL.unknown;
  if (lead.startsWith('npm')) return LEVEL.error;
  if (!lead.endsWith(':')) return LEVEL.unknown;
  if (lead.startsWith('warning')) return LEVEL.warning;
  return lead.startsWith('error') ? LEVEL.error : LEVEL.fatal;
}
