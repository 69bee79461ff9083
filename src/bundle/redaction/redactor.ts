/**
 * The redactor: everything captured passes through it before the writer sees a byte. Rules lie in one table
 * (rules.ts); each counts what it replaced, and the manifest tells the counts.
 */
import { isAscii } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { isRecord } from '../../core/json.ts';
import { createPseudonyms, PSEUDONYM_RULES } from './pseudonyms.ts';
import { OBJECT_RULES, TEXT_RULES, UNREADABLE_RULE } from './rules.ts';
import { redactText } from './text.ts';
import { createReplace, type ObjectRule, type Replace } from './token.ts';

export { parseToken } from './token.ts';

/** Where a text came from, as far as a rule may care. */
export interface TextOrigin {
  readonly evidence: 'log' | 'metrics' | 'node' | 'probe' | 'discovery' | 'health' | 'error' | 'bundle';
  readonly namespace?: string;
  readonly name?: string;
}

/**
 * `strict` also gives names and addresses pseudonyms. `none` leaves texts as they are; values of Secrets are in no bundle
 * all the same.
 */
export type RedactionMode = 'default' | 'strict' | 'none';

export interface Redactor {
  readonly mode: RedactionMode;
  /**
   * One object as it was served (JSON bytes), after the rules; the same buffer when none applied. `resource` is its
   * `resourceId`, such as `secrets` or `apps/deployments`. What is no JSON and may be a Secret is replaced whole.
   */
  object(resource: string, raw: Buffer): Buffer;
  /** A text on line boundaries, whole where it can be: logs, metrics, answers. The same buffer when no rule applied. */
  text(origin: TextOrigin, raw: Buffer): Buffer;
  /** A document of ours (header, gap, record): the words of others in it go through the rules. */
  document(document: unknown): unknown;
  /** A path inside the bundle, which may be made of names. */
  path(path: string): string;
  /** Whether these bytes came out of this redactor, or were put together from such by `seal`. */
  passed(bytes: Buffer): boolean;
  /** Says of bytes that they consist of what this redactor gave, such as lines of objects. */
  seal(bytes: Buffer): Buffer;
  /** How many values each rule has replaced so far, zero included, for the manifest's `redactions`. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * A redactor for one capture. The key of its tokens is random and never leaves the process: equal values have equal
 * tokens within one bundle, and nobody can find a value by trying.
 */
export function createRedactor(
  options: { readonly mode?: RedactionMode; readonly key?: Buffer } = {},
): Redactor {
  const { mode = 'default', key = randomBytes(32) } = options;
  const counts: Record<string, number> = {};
  for (const { id } of [...OBJECT_RULES, ...TEXT_RULES]) counts[id] = 0;
  counts[UNREADABLE_RULE] = 0;
  const replace = createReplace(key, counts);
  const pseudonyms = mode === 'strict' ? createPseudonyms(key, replace) : undefined;
  if (pseudonyms !== undefined) for (const id of PSEUDONYM_RULES) counts[id] = 0;
  const sealed = new WeakSet<Buffer>();
  const seal = (bytes: Buffer): Buffer => {
    sealed.add(bytes);
    return bytes;
  };
  const clean = (raw: Buffer): Buffer => {
    if (mode === 'none') return raw;
    const text = raw.toString('latin1');
    const redacted = redactText(text, TEXT_RULES, replace);
    const bytes = redacted === text ? raw : Buffer.from(redacted, 'latin1');
    if (pseudonyms === undefined) return bytes;
    const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
    const open = encoding === 'latin1' ? redacted : bytes.toString('utf8');
    const named = pseudonyms.text(open);
    return named === open ? bytes : Buffer.from(named, encoding);
  };
  return {
    mode,
    counts,
    seal,
    passed: (bytes) => sealed.has(bytes),
    object(resource, raw) {
      const rules = concerned(resource, raw);
      return seal(clean(rules.length === 0 ? raw : applyRules(rules, resource, raw, replace)));
    },
    text: (_origin, raw) => seal(clean(raw)),
    path: (path) => pseudonyms?.text(path) ?? path,
    document: (document) =>
      JSON.parse(clean(Buffer.from(JSON.stringify(document))).toString('utf8')) as unknown,
  };
}

/** Several rules ask the same question, and it is one of every byte. */
function concerned(resource: string, raw: Buffer): readonly ObjectRule[] {
  const answers = new Map<ObjectRule['concerns'], boolean>();
  return OBJECT_RULES.filter(({ concerns }) => {
    const answer = answers.get(concerns) ?? concerns(resource, raw);
    answers.set(concerns, answer);
    return answer;
  });
}

function applyRules(rules: readonly ObjectRule[], resource: string, raw: Buffer, replace: Replace): Buffer {
  try {
    const object: unknown = JSON.parse(raw.toString('utf8'));
    if (!isRecord(object)) throw new TypeError('no object');
    let changed = false;
    for (const rule of rules) {
      if (rule.apply(resource, object, replace)) changed = true;
    }
    return changed ? Buffer.from(JSON.stringify(object)) : raw;
  } catch {
    // It may hold a Secret and cannot be looked into: nothing of it gets out.
    return Buffer.from(JSON.stringify({ redacted: replace(UNREADABLE_RULE, raw) }));
  }
}
