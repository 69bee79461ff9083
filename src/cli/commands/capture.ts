/** `inquest capture`: the evidence of an outage into one file, in bounded time; prints the verdict at the end. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CaptureResult } from '../../../capture/run.ts';
import type { SessionOptions } from '../../../capture/session.ts';
import { UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { jsonText, oneLine } from '../../core/text.ts';
import { parseDuration, SECOND } from '../../core/time.ts';
import { bytesOf } from '../size-flag.ts';
import type { Command } from '../command.ts';
import type { Progress } from '../progress.ts';

interface Flags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string[];
  readonly selector?: string;
  readonly since: string;
  readonly timeout: string;
  readonly maxSize: string;
  readonly logs: boolean;
  readonly probes: boolean;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly allowExec?: boolean;
  readonly allowDebugPod?: string;
  readonly edge?: boolean;
  readonly redact: string;
  readonly keepSecrets?: boolean;
}

const command: Command = {
  name: 'capture',
  register(program) {
    program
      .command('capture')
      .argument('[focus...]', 'svc/NAME, pod/NAME, ns/NAME or a host: what belongs to it comes first')
      .description('Capture a cluster into one file, in bounded time, and print the verdict.')
      .option('--kubeconfig <file>', 'use this kubeconfig alone')
      .option('--context <name>', 'use this context of it')
      .option(
        '-n, --namespace <name>',
        'only this namespace (repeatable); cluster DNS is always taken',
        repeated,
      )
      .option('-l, --selector <labels>', 'only the logs of pods with these labels; cluster DNS always')
      .option('--since <duration>', 'logs of this long ago until now', '1h')
      .option('--timeout <duration>', 'the file is there after this long, whatever hangs', '60s')
      .option('--max-size <size>', 'the file is no larger; logs give way first', '200MB')
      .option('--no-logs', 'take no logs')
      .option('--no-probes', 'only read what is there: connect to nothing')
      .option('--allow-exec', 'run programs in containers: what listens, what resolves, what can be reached')
      .option(
        '--allow-debug-pod <image>',
        'the same in pods without any tool, by an ephemeral container, which stays until the pod goes',
      )
      .option('--no-edge', 'send nothing from here to the hosts of Ingresses, Gateways and load balancers')
      .option(
        '--redact <how>',
        'what is taken out before a byte is written: default, strict (names and addresses too), or none',
        'default',
      )
      .option('--keep-secrets', 'with --redact none: yes, they stay in the file; do not ask')
      .option('-o, --output <where>', 'a file, a folder, or - for stdout')
      .option('-q, --quiet', 'no progress')
      .option('--json', 'print one JSON document instead of text')
      .option('--strict', 'exit with 3 when evidence is missing')
      .addHelpText(
        'after',
        `
Nothing in the cluster is changed: it only reads, unless --allow-debug-pod puts
ephemeral containers into pods (it lists them first). Values of Secrets are
not even asked for.
Ctrl-C finishes the file with what there is; a second one stops at once.

Examples:
  inquest capture                            the current context, in a minute
  inquest capture --context prod -n shop     one namespace, and cluster DNS
  inquest capture -n shop svc/payment        what that Service needs comes first
  inquest capture --timeout 20s -o /tmp      quick, into a folder
  inquest capture -n shop --allow-exec       look from inside the pods too
  inquest capture -n shop --allow-debug-pod busybox:1.37
                                             and into pods that have no shell
  inquest capture --redact strict            names and addresses go too
  inquest capture -o - | ssh host 'cat > x.tar.gz'`,
      )
      .action((focus: string[], flags: Flags) => act(focus, flags));
  },
};
export default command;

function repeated(value: string, before: string[] = []): string[] {
  return [...before, value];
}

async function act(focus: readonly string[], flags: Flags): Promise<void> {
  const { stayLean } = await import('../../../capture/lean.ts');
  stayLean(true);
  const { redactionOf } = await import('../redaction-flag.ts');
  const asked = Date.now();
  const redaction = await redactionOf(flags.redact, flags.keepSecrets === true);
  // Starting the program is part of the time; thinking about an answer is not.
  const startedAt = performance.timeOrigin + (Date.now() - asked);
  const { runSession } = await import('../../../capture/session.ts');
  const say = (line: string): void => {
    if (flags.quiet === true) return;
    const text = flags.json === true ? jsonText({ event: 'note', text: line }, 0) : oneLine(line);
    process.stderr.write(`${text}\n`);
  };
  const { progressFor } = await import('../progress.ts');
  const progress = await progressFor(flags);
  const { judgeMeanwhile } = await import('../provisional.ts');
  let stopJudging = (): void => undefined;
  const session = sessionOptions(flags, redaction, progress);
  const result = await runSession({
    ...session,
    focus: [...focus],
    startedAt,
    opened(live) {
      progress.opened(live);
      const { partial } = live;
      if (partial === undefined || flags.quiet === true) return;
      stopJudging = judgeMeanwhile(partial, startedAt, (line) => progress.soFar(line));
    },
  }).finally(() => {
    stopJudging();
    progress.end();
  });
  stayLean(false);
  await report(result, flags, say);
  if (result.end === 'interrupted') process.exitCode = EXIT.interrupted;
  else if (flags.strict === true && (result.gaps.length > 0 || result.end !== 'complete'))
    process.exitCode = EXIT.incomplete;
}

function sessionOptions(
  flags: Flags,
  redaction: SessionOptions['redaction'],
  progress: Progress,
): SessionOptions {
  return {
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    namespaces: flags.namespace,
    selector: flags.selector,
    sinceSeconds: Math.ceil(duration('--since', flags.since) / SECOND),
    timeoutMs: duration('--timeout', flags.timeout) / 1000,
    maxBytes: bytesOf('--max-size', flags.maxSize),
    without: new Set([...(flags.logs ? [] : ['logs']), ...(flags.probes ? [] : ['probes'])]),
    allowExec: flags.allowExec,
    debugImage: flags.allowDebugPod,
    edge: flags.edge,
    redaction,
    output: outputOf(flags.output),
    begun: (context, found) => progress.begun(context, found),
    progress: (event) => progress.collector(event),
    // Said with --quiet too: nothing is put into a cluster in silence.
    warn: (line) => progress.warn(line),
    interrupted: () => progress.interrupted(),
  };
}

/** Microseconds. */
function duration(flag: string, text: string): number {
  const parsed = parseDuration(text);
  if (parsed !== undefined && parsed >= SECOND) return parsed;
  throw new UserError('bad-duration', `${flag} ${text} is no duration of a second or more`, {
    hint: 'write it as 90s, 5m or 1h30m.',
  });
}

function outputOf(output: string | undefined): SessionOptions['output'] {
  if (output === '-') {
    if (process.stdout.isTTY) {
      throw new UserError('output-is-terminal', 'a bundle is no text for a terminal', {
        hint: 'send stdout to a file or a pipe, or name a file with -o FILE.',
      });
    }
    return { stream: process.stdout };
  }
  if (output !== undefined && !(existsSync(output) && statSync(output).isDirectory()))
    return { file: () => output };
  return {
    file: (name) => join(output ?? '.', `${name}.tar.gz`),
  };
}

/** The verdict goes to stdout; where the bundle itself went there, it is told how to get one. */
async function report(result: CaptureResult, flags: Flags, say: (line: string) => void): Promise<void> {
  const { captureDocument, fileLines, gapLines, judged, requestLine } = await import('../capture-output.ts');
  if (flags.quiet !== true && flags.json !== true)
    process.stderr.write(fileLines(result) + requestLine(result));
  const { file } = result.summary;
  if (file === undefined) return;
  // After Ctrl-C nobody wants to wait; the file can be judged at any time.
  const verdict = result.end === 'interrupted' ? undefined : await judged(file, say);
  if (flags.json === true) {
    process.stdout.write(`${jsonText(captureDocument(result, verdict), 0)}\n`);
    return;
  }
  if (verdict !== undefined) {
    const { headline } = await import('../../../analyze/report/headline.ts');
    process.stdout.write(`${headline(verdict).join('\n')}\n`);
  }
  process.stdout.write(gapLines(result.gaps));
  process.stdout.write(`Next: inquest open ${oneLine(file)}, or inquest diagnose ${oneLine(file)}\n`);
}
