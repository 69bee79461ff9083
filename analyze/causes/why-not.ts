/** Why a check found nothing: asked again over the same store, what it passed and why, what it could not know. */
import { objectKey } from '../../src/core/ids.ts';
import type { Check } from '../checks/check.ts';
import type { AllFacts } from '../facts/facts.ts';
import { isProbe } from '../facts/probes.ts';
import type { WhyNot } from '../model/focus.ts';
import { concernsFocus, type Focus } from './focus.ts';
import { runCheck } from './run-checks.ts';

const MOST = 50;

export function whyNot(check: Check, facts: AllFacts, focus: Focus | undefined): WhyNot {
  const run = runCheck(check, facts);
  const about = (object: WhyNotObject): boolean =>
    focus === undefined || object === undefined || concernsFocus(focus, object, facts);
  // Of a Service whose ports are judged one by one, some may be well while others are not.
  const open = new Set(
    [...run.findings, ...run.unknown].flatMap(({ object }) =>
      object === undefined ? [] : [objectKey(object)],
    ),
  );
  const answers: WhyNot['answers'] = [
    ...run.findings
      .filter(({ object }) => about(object))
      .map(({ object, summary }) => ({
        object: objectKey(object),
        outcome: 'fail' as const,
        because: summary,
      })),
    ...run.unknown
      .filter(({ object }) => about(object))
      .map(({ object, because, detail }) => ({
        ...(object === undefined ? {} : { object: objectKey(object) }),
        outcome: 'unknown' as const,
        because: detail === undefined ? because : `${detail} (${because})`,
      })),
    ...[...run.passed]
      .filter(([key]) => about(refOfKey(key)))
      .map(([object, because]) => ({
        object,
        outcome: 'pass' as const,
        ...(because === undefined
          ? {}
          : { because: `${open.has(object) ? 'the rest of it: ' : ''}${because}` }),
      })),
  ];
  return {
    format: 'inquest-why-not/1',
    check: check.id,
    title: check.title,
    ...(focus === undefined ? {} : { focus: focus.asked }),
    evidence: evidenceOf(check, facts),
    answers: answers.slice(0, MOST),
    more: Math.max(0, answers.length - MOST),
    notConfusedWith: [...check.explain.notConfusedWith],
    ...(run.error === undefined ? {} : { error: run.error }),
  };
}

type WhyNotObject = Parameters<typeof concernsFocus>[1] | undefined;

/** `Service/shop/pay`, `Node/node-1`; the version does not matter for finding it. */
function refOfKey(key: string): WhyNotObject {
  const [kind = '', ...rest] = key.split('/');
  const name = rest.at(-1) ?? '';
  return rest.length > 1
    ? { apiVersion: '', kind, namespace: rest[0], name }
    : { apiVersion: '', kind, name };
}

function evidenceOf({ needs, uses = [] }: Check, facts: AllFacts): WhyNot['evidence'] {
  return [...new Set([...needs, ...uses])].map((need) => {
    const needed = needs.includes(need);
    const probe = need.startsWith('probe:') ? need.slice('probe:'.length) : '';
    const untried = isProbe(probe) ? facts.probes.gap(probe) : undefined;
    if (untried !== undefined) return { need, needed, gap: untried.key, detail: untried.why };
    if (!need.startsWith('list:')) return { need, needed };
    const coverage = facts.coverage.of(need.slice('list:'.length));
    return coverage.known ? { need, needed } : { need, needed, gap: coverage.gap, detail: coverage.why };
  });
}
