/** `inquest diagnose`: the verdict, for people, scripts and code-scanning views. */
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { jsonText } from '../../core/text.ts';
import type { Command } from '../command.ts';

const SEVERITIES = ['advice', 'warning', 'critical'] as const;
type Severity = (typeof SEVERITIES)[number];

interface Flags {
  readonly format?: string;
  readonly json?: boolean;
  readonly failOn?: string;
  readonly strict?: boolean;
  readonly explain?: string;
  readonly focus?: string;
  readonly whyNot?: string;
}

const command: Command = {
  name: 'diagnose',
  register(program) {
    program
      .command('diagnose')
      .description('Say what broke, since when, what it dragged down, and how to mend it.')
      .argument('<file>', 'a bundle, an unpacked one, or - for standard input')
      .option('--format <name>', 'text, json or sarif (default: text)')
      .option('--json', 'the same as --format json (inquest-verdict/1)')
      .option(
        '--fail-on <severity>',
        'exit with 1 when a finding is at least this bad:\ncritical, warning or advice',
      )
      .option('--strict', 'exit with 3 when evidence is missing')
      .option(
        '--focus <what>',
        'answer for what is known to be broken: svc/NAME,\ndeploy/NAME, pod/NAME, node/NAME, ns/NAME or a host',
      )
      .option('--explain <check>', 'explain one check before the verdict')
      .option(
        '--why-not <check>',
        'instead of the verdict: what spoke against this\nfault, or was missing; with --focus only there',
      )
      .addHelpText(
        'after',
        `
Exit codes: 0 done, 1 findings at or above --fail-on, 2 could not run,
3 evidence missing (--strict).

Severity is what those who ask lose: critical where a path is broken that
comes from an edge, has a known client, or is shown to have answered within
the last day, for not all who ask can be seen (and where nothing tells what
is lost: a worker that nobody asks, the control plane); warning where the
path serves with less behind it, or where nobody is known to come along it
and nothing shows that it answered of late: never, or long ago; advice where
nothing is broken yet.

Examples:
  inquest diagnose FILE                the verdict in ten lines, then all
  inquest diagnose FILE | head -10     what goes into the ticket
  inquest diagnose FILE --json --fail-on critical
  inquest diagnose - < FILE            from standard input
  inquest diagnose FILE --focus svc/checkout
  inquest diagnose FILE --focus shop.example.com
  inquest diagnose FILE --why-not service/target-port --focus svc/checkout`,
      )
      .action((file: string, flags: Flags) => act(file, flags));
  },
};
export default command;

async function act(file: string, flags: Flags): Promise<void> {
  const wanted = flags.format ?? (flags.json === true ? 'json' : 'text');
  const failOn = severityOf(flags.failOn);
  const { reportFormats } = await import('../../../analyze/report/formats/registry.ts');
  const format = reportFormats.find(({ id }) => id === wanted);
  if (format === undefined) {
    throw new UserError('format-unknown', `There is no format "${wanted}".`, {
      hint: `choose one of: ${reportFormats.map(({ id }) => id).join(', ')}`,
    });
  }
  if (flags.explain !== undefined) {
    const { explanation } = await import('../../../analyze/report/catalogue.ts');
    // Beside a document for scripts the explanation is for the person only.
    const text = `${explanation(flags.explain)}\n\n`;
    if (wanted === 'text') process.stdout.write(await forTerminal(text));
    else process.stderr.write(text);
  }
  if (flags.whyNot !== undefined) return answerWhyNot(file, flags.whyNot, flags);
  const verdict = await verdictOf(file, flags.focus);
  const report = format.render(verdict, { source: file });
  process.stdout.write(wanted === 'text' ? await forTerminal(report) : report);
  process.exitCode = exitCode(verdict, failOn, flags.strict === true);
}

/** Broken at the terminal's width; a pipe or a file gets each line whole. */
async function forTerminal(text: string): Promise<string> {
  if (!process.stdout.isTTY) return text;
  const { wrapped } = await import('../../../analyze/report/wrap.ts');
  return wrapped(text, process.stdout.columns);
}

async function verdictOf(file: string, focus: string | undefined): Promise<Verdict> {
  const { openAnalysis } = await import('../../../analyze/analysis.ts');
  const analysis = await openAnalysis(file);
  try {
    if (focus === undefined) return analysis.verdict;
    const { focusOf } = await import('../../../analyze/causes/focus.ts');
    const { answerFocus } = await import('../../../analyze/causes/focus-answer.ts');
    const { allFacts } = await import('../../../analyze/facts/facts.ts');
    const facts = allFacts(analysis.store);
    return answerFocus(analysis.verdict, focusOf(focus, facts), facts);
  } finally {
    analysis.close();
  }
}

async function answerWhyNot(file: string, id: string, flags: Flags): Promise<void> {
  const { checkNamed } = await import('../../../analyze/report/catalogue.ts');
  const check = checkNamed(id);
  const { openAnalysis } = await import('../../../analyze/analysis.ts');
  const analysis = await openAnalysis(file);
  try {
    const { focusOf } = await import('../../../analyze/causes/focus.ts');
    const { whyNot } = await import('../../../analyze/causes/why-not.ts');
    const { whyNotText } = await import('../../../analyze/report/why-not.ts');
    const { allFacts } = await import('../../../analyze/facts/facts.ts');
    const facts = allFacts(analysis.store);
    const answer = whyNot(check, facts, flags.focus === undefined ? undefined : focusOf(flags.focus, facts));
    const json = flags.json === true || flags.format === 'json';
    process.stdout.write(json ? `${jsonText(answer)}\n` : await forTerminal(whyNotText(answer)));
  } finally {
    analysis.close();
  }
}

function severityOf(text: string | undefined): Severity | undefined {
  if (text === undefined) return undefined;
  const found = SEVERITIES.find((severity) => severity === text);
  if (found === undefined) {
    throw new UserError('severity-unknown', `"${text}" is no severity.`, {
      hint: `choose one of: ${SEVERITIES.toReversed().join(', ')}`,
    });
  }
  return found;
}

function exitCode(verdict: Verdict, failOn: Severity | undefined, strict: boolean): number {
  if (failOn !== undefined) {
    const least = SEVERITIES.indexOf(failOn);
    if (verdict.findings.some(({ severity }) => SEVERITIES.indexOf(severity) >= least)) return EXIT.findings;
  }
  return strict && (verdict.gaps.length > 0 || verdict.unknown.length > 0) ? EXIT.incomplete : EXIT.done;
}
