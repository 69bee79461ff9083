/** The table of redaction rules, in the order they are applied. Adding a rule is adding a row. */
import type { Replace, TextOrigin } from './redactor.ts';
import {
  redactEmbeddedSecrets,
  redactLastApplied,
  redactSecretValues,
  redactTokenAnnotations,
} from './secrets.ts';

export interface ObjectRule {
  /** As the manifest's `redactions` counts it. */
  readonly id: string;
  readonly title: string;
  /** A cheap look at the bytes: most objects concern no rule and are never parsed. */
  concerns(resource: string, raw: Buffer): boolean;
  /** Changes the parsed object in place; true when it changed something. A throw replaces the object whole. */
  apply(resource: string, object: Record<string, unknown>, replace: Replace): boolean;
}

export interface TextRule {
  readonly id: string;
  readonly title: string;
  concerns(origin: TextOrigin, raw: Buffer): boolean;
  apply(origin: TextOrigin, raw: Buffer, replace: Replace): Buffer;
}

/** The annotation goes before the values: it holds them too, and would be counted twice. */
export const OBJECT_RULES: readonly ObjectRule[] = [
  redactEmbeddedSecrets,
  redactLastApplied,
  redactTokenAnnotations,
  redactSecretValues,
];

export const TEXT_RULES: readonly TextRule[] = [];

/** Counted when an object that concerns a rule is no JSON object, or a rule fails on it: it is replaced whole. */
export const UNREADABLE_RULE = 'unreadable-object';
