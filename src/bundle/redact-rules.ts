/** The table of redaction rules, in the order they are applied. Adding a rule is adding a row. */
import type { Replace, TextOrigin } from './redact.ts';
import { redactSecrets } from './redact-secrets.ts';

export interface ObjectRule {
  /** As the manifest's `redactions` counts it. */
  readonly id: string;
  readonly title: string;
  /** A cheap look at the bytes: most objects concern no rule and must not be parsed. */
  concerns(resource: string, raw: Buffer): boolean;
  apply(resource: string, raw: Buffer, replace: Replace): Buffer;
}

export interface TextRule {
  readonly id: string;
  readonly title: string;
  concerns(origin: TextOrigin, raw: Buffer): boolean;
  apply(origin: TextOrigin, raw: Buffer, replace: Replace): Buffer;
}

export const OBJECT_RULES: readonly ObjectRule[] = [redactSecrets];

export const TEXT_RULES: readonly TextRule[] = [];
