/** The table of redaction rules, in the order they are applied. Adding a rule is adding a row. */
import { encodedText } from './encoded.ts';
import { flagValues, keyedValues, namedValues } from './keyed.ts';
import {
  authorization,
  commandLines,
  jsonWebTokens,
  knownTokens,
  passwordHashes,
  urlPasswords,
} from './known.ts';
import { privateKeys } from './pem.ts';
import {
  redactEmbeddedSecrets,
  redactLastApplied,
  redactSecretValues,
  redactTokenAnnotations,
} from './secrets.ts';
import type { TextRule } from './text.ts';
import type { ObjectRule } from './token.ts';

/** On whole objects, for Secrets. The annotation goes before the values: it holds them too, and would be counted twice. */
export const OBJECT_RULES: readonly ObjectRule[] = [
  redactEmbeddedSecrets,
  redactLastApplied,
  redactTokenAnnotations,
  redactSecretValues,
];

/**
 * On every text, whatever it is of: objects as JSON, logs, metrics, answers of probes, the words of errors. Where two rules
 * mean the same place, the longer one counts, then the earlier.
 */
export const TEXT_RULES: readonly TextRule[] = [
  privateKeys,
  encodedText,
  jsonWebTokens,
  knownTokens,
  authorization,
  urlPasswords,
  commandLines,
  passwordHashes,
  namedValues,
  flagValues,
  keyedValues,
];

/** Counted when an object that concerns a rule is no JSON object, or a rule fails on it: it is replaced whole. */
export const UNREADABLE_RULE = 'unreadable-object';
