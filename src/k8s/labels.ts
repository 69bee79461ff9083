/**
 * Label selectors, by the rules of `k8s.io/apimachinery/pkg/labels` and
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/: two kinds that differ in what *empty* means.
 */
import { isRecord } from '../core/json.ts';

export type Labels = Readonly<Record<string, string>>;

export const SELECTOR_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
export type SelectorOperator = (typeof SELECTOR_OPERATORS)[number];

export interface SelectorRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
}

/** `metav1.LabelSelector`, read. `matchLabels` and `matchExpressions` are ANDed. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly SelectorRequirement[];
}

export type ParsedSelector =
  | { readonly ok: true; readonly selector: LabelSelector }
  | { readonly ok: false; readonly problem: string };

/**
 * Whether an equality-based set (`Service.spec.selector`, `ReplicationController.spec.selector`) selects these labels.
 * An absent or empty one selects nothing: the EndpointSlice controller leaves such a Service alone
 * (https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors).
 */
export function matchesSet(selector: Labels | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => own(labels, key) === value);
}

/**
 * Whether a `metav1.LabelSelector` selects these labels. An absent one (undefined) selects nothing, an empty one
 * everything (`metav1.LabelSelectorAsSelector`). `NotIn` and `DoesNotExist` hold where the key is absent.
 */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => own(labels, key) === value) &&
    selector.matchExpressions.every((requirement) => meets(requirement, labels))
  );
}

function meets({ key, operator, values }: SelectorRequirement, labels: Labels): boolean {
  const value = own(labels, key);
  const listed = value !== undefined && values.includes(value);
  const met: Readonly<Record<SelectorOperator, boolean>> = {
    In: listed,
    NotIn: !listed,
    Exists: value !== undefined,
    DoesNotExist: value === undefined,
  };
  return met[operator];
}

/** A label's value; names such as `constructor` are labels like any other. */
function own(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/**
 * Reads a `metav1.LabelSelector` as served. What the API server would refuse (unknown operator, `In` without values,
 * `Exists` with values, a malformed key or value: `ValidateLabelSelector`) is a problem, not a selector.
 */
export function parseSelector(value: unknown): ParsedSelector {
  if (!isRecord(value)) return { ok: false, problem: 'it is no object' };
  const matchLabels = parseLabels(value['matchLabels']);
  for (const [key, text] of Object.entries(matchLabels)) {
    const problem = labelKeyProblem(key) ?? labelValueProblem(text);
    if (problem !== undefined) return { ok: false, problem: `matchLabels.${key}: ${problem}` };
  }
  const listed = value['matchExpressions'] ?? [];
  if (!Array.isArray(listed)) return { ok: false, problem: 'matchExpressions is no list' };
  const matchExpressions: SelectorRequirement[] = [];
  for (const [index, item] of listed.entries()) {
    const parsed = parseRequirement(item);
    if (typeof parsed === 'string') return { ok: false, problem: `matchExpressions[${index}]: ${parsed}` };
    matchExpressions.push(parsed);
  }
  return { ok: true, selector: { matchLabels, matchExpressions } };
}

function parseRequirement(item: unknown): SelectorRequirement | string {
  if (!isRecord(item)) return 'it is no object';
  const { key, operator } = item;
  const values = Array.isArray(item['values'])
    ? item['values'].filter((value): value is string => typeof value === 'string')
    : [];
  if (typeof key !== 'string') return 'key is missing';
  const problem = labelKeyProblem(key);
  if (problem !== undefined) return problem;
  const known = SELECTOR_OPERATORS.find((name) => name === operator);
  if (known === undefined) return `${String(operator)} is no operator`;
  const takesValues = known === 'In' || known === 'NotIn';
  if (takesValues && values.length === 0) return `${known} needs values`;
  if (!takesValues && values.length > 0) return `${known} takes no values`;
  return { key, operator: known, values };
}

/** A map of strings as served; entries that are no strings are left out, anything else is empty. */
export function parseLabels(value: unknown): Labels {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Why this is no label key (`validation.IsQualifiedName`: optional DNS prefix of 253, name of 63), or undefined. */
export function labelKeyProblem(key: string): string | undefined {
  const parts = key.split('/');
  if (parts.length > 2) return 'a key has at most one slash';
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? (parts[0] ?? '') : undefined;
  if (prefix !== undefined && (prefix.length > 253 || !SUBDOMAIN.test(prefix))) {
    return 'its prefix is no DNS subdomain';
  }
  if (name.length > 63) return 'its name is longer than 63 characters';
  return NAME.test(name) ? undefined : 'its name has characters that a label key may not have';
}

/** Why this is no label value (`validation.IsValidLabelValue`: empty, or at most 63 of `[A-Za-z0-9_.-]`), or undefined. */
export function labelValueProblem(value: string): string | undefined {
  if (value === '') return undefined;
  if (value.length > 63) return 'it is longer than 63 characters';
  return NAME.test(value) ? undefined : 'it has characters that a label value may not have';
}

/** `app=payment,tier in (a,b),!canary`, as kubectl takes it with `-l`; keys in order. */
export function formatSelector(selector: LabelSelector): string {
  const sets = formatSet(selector.matchLabels);
  const expressions = selector.matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...(sets === '' ? [] : [sets]), ...expressions].join(',');
}

/** `app=payment,tier=web`, keys in order. */
export function formatSet(labels: Labels): string {
  return Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
