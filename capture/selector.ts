/** `-l`: a label selector as kubectl takes it, in text. */
import { UserError } from '../src/core/errors.ts';
import {
  labelKeyProblem,
  labelValueProblem,
  type LabelSelector,
  type SelectorRequirement,
} from '../src/k8s/labels.ts';

/**
 * Parses `app=web,tier!=cache,env in (prod,staging),!canary` (apimachinery's `labels.Parse`).
 * @throws UserError `selector-invalid`
 */
export function parseTextSelector(text: string): LabelSelector {
  const terms = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  if (terms.length === 0) throw invalid(text, 'it is empty');
  return { matchLabels: {}, matchExpressions: terms.map((term) => requirement(term.trim(), text)) };
}

function requirement(term: string, text: string): SelectorRequirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  const equal = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
  const exists = /^(!?)\s*([^\s=!(),]+)$/.exec(term);
  let parsed: SelectorRequirement | undefined;
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    parsed = { key: set[1] ?? '', operator: set[2] === 'in' ? 'In' : 'NotIn', values };
  } else if (equal) {
    parsed = { key: equal[1] ?? '', operator: equal[2] === '!=' ? 'NotIn' : 'In', values: [equal[3] ?? ''] };
  } else if (exists) {
    parsed = { key: exists[2] ?? '', operator: exists[1] === '!' ? 'DoesNotExist' : 'Exists', values: [] };
  }
  if (parsed === undefined) throw invalid(text, `"${term}" is no requirement`);
  const problem =
    labelKeyProblem(parsed.key) ?? parsed.values.map(labelValueProblem).find((found) => found !== undefined);
  if (problem !== undefined) throw invalid(text, `"${term}": ${problem}`);
  return parsed;
}

function invalid(text: string, why: string): UserError {
  return new UserError('selector-invalid', `the label selector "${text}" cannot be read: ${why}`, {
    hint: 'write it as for kubectl: -l app=web,tier!=cache',
  });
}
