/** `inquest diagnose --why-not`: a check's answers in words. */
import { oneLine } from '../../src/core/text.ts';
import type { WhyNot } from '../model/focus.ts';

export function whyNotText(answer: WhyNot): string {
  const { check, title, focus, evidence, answers, more, notConfusedWith, error } = answer;
  const missing = evidence.filter(({ gap }) => gap !== undefined);
  const lines = [
    `${check}: ${title}${focus === undefined ? '' : `, asked of ${oneLine(focus)}`}`,
    '',
    ...(error === undefined ? [] : [`The check itself failed (a bug of ours): ${oneLine(error)}`]),
    ...(missing.length === 0
      ? ['Every list that it looks at came whole, and every probe was run.']
      : [
          'Missing, so that it may not know:',
          ...missing.map(
            ({ need, needed, gap, detail }) =>
              `  - ${need}${needed ? ' (needed)' : ''}: ${oneLine(detail ?? '')} [${oneLine(gap ?? '')}]`,
          ),
        ]),
    '',
    ...(answers.length === 0 ? ['It looked at nothing here: no object of the kind it judges.'] : []),
    ...answers.map(
      ({ object, outcome, because }) =>
        `${outcome.padEnd(7)} ${oneLine(object ?? 'everywhere')}${because === undefined ? '' : `: ${oneLine(because)}`}`,
    ),
    ...(more > 0 ? [`and ${more} more; --focus narrows it`] : []),
    '',
    'It stays quiet over:',
    ...notConfusedWith.map((one) => `  - ${one}`),
  ];
  return `${lines.join('\n')}\n`;
}
