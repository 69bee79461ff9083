/** Why a program died, read from the last lines it wrote: the line that says it, which is seldom the very last. */
import { failureIn } from './log-failures.ts';
import type { LogRow } from './object-rows.ts';

export interface LastWord {
  readonly kind: 'port-taken' | 'usage' | 'panic' | 'permission' | 'missing' | 'dependency' | 'error';
  /** What it means, as a clause after the container's name: `it panicked`. */
  readonly words: string;
  readonly remedy: string;
  readonly line: LogRow;
}

type Rule = readonly [LastWord['kind'], RegExp, string, string];

/**
 * Each with the words of the runtimes that say it: errno's texts (EADDRINUSE, EACCES, ENOENT) as libc, Go, Node.js, Python
 * and Java write them, Go's `panic:`, Rust's `thread … panicked at`, Python's `SomeError: …` and Java's `Exception in thread`.
 */
const RULES: readonly Rule[] = [
  [
    'port-taken',
    /address already in use|EADDRINUSE|Address in use|port \d+ (?:is )?already in use|BindException/i,
    'its port is taken by another program of the pod',
    'Give each program of the pod a port of its own (containers of a pod share their ports), or end the other.',
  ],
  [
    'usage',
    /unknown (?:shorthand )?(?:flag|option|command)|flag provided but not defined|unrecogni[sz]ed (?:option|argument)|(?:invalid|illegal|no such) option|unexpected argument '/i,
    'it is called with arguments that it does not know',
    'Correct command and args of the container; a version before may have known them.',
  ],
  [
    'missing',
    /^\S*(?:sh|bash): (?:line )?\d*:? ?(\S+): not found|command not found|executable file not found/i,
    'it calls a program that is not there',
    'Correct the command, or put the program into the image.',
  ],
  [
    'missing',
    /no such file or directory|ENOENT|FileNotFoundError|FileNotFoundException|NoSuchFileException|cannot open (?:shared object )?file/i,
    'a file that it needs is not there',
    'Mount or add the file, or correct the path that is configured.',
  ],
  [
    'missing',
    /ModuleNotFoundError|ImportError|Cannot find module|ClassNotFoundException|NoClassDefFoundError|cannot load such file/,
    'a module that it needs is not in the image',
    'Build the image with that module.',
  ],
  [
    'permission',
    /permission denied|EACCES|EPERM|operation not permitted|AccessDeniedException|read-only file system|EROFS/i,
    'it may not do what it tries',
    'Look at securityContext (runAsUser, fsGroup, readOnlyRootFilesystem, capabilities) and the owner of the file.',
  ],
];

const PANIC =
  /^(?:.{0,60}\s)?(?:panic: |fatal error: )|thread '[^']*' (?:\(\d+\) )?panicked at|^Exception in thread |^(?:.{0,60}\s)?Unhandled exception/;
/** `ValueError: …`, `java.lang.IllegalStateException: …`, `TypeError: x is undefined`, where a line begins so. */
const THROWN = /^(?:Caused by: )?(?:[a-z]\w*\.)*[A-Z]\w*(?:Error|Exception)\b(?::|$)/;
const ERROR =
  /(?:^|[\s[\]|"=:])(?:FATAL|ERROR|CRITICAL|fatal|error|E\d{4}|\[emerg\]|\[error\])(?=[\s:\]"|])|^Error:/;

/**
 * The line that tells most, of the lines of one life, oldest first: the latest that names a reason by itself, else what was
 * thrown, else an error; a stack's frames below are passed over. Undefined where no line tells.
 */
export function lastWordOf(lines: readonly LogRow[]): LastWord | undefined {
  for (const line of lines.toReversed()) {
    const told = ruleFor(line) ?? dependencyIn(line);
    if (told !== undefined) return told;
  }
  const panic = lines.findLast(({ text }) => PANIC.test(text));
  if (panic !== undefined)
    return {
      kind: 'panic',
      words: 'it panics',
      remedy:
        'That is a fault of the program: its stack says where. If the version is new, go back to the one before.',
      line: panic,
    };
  const thrown =
    lines.findLast(({ text }) => THROWN.test(text)) ?? lines.findLast(({ text }) => ERROR.test(text));
  return thrown === undefined
    ? undefined
    : { kind: 'error', words: 'it gives up', remedy: 'Mend what its last words name.', line: thrown };
}

function dependencyIn(line: LogRow): LastWord | undefined {
  const failure = failureIn(line);
  return failure === undefined
    ? undefined
    : {
        kind: 'dependency',
        words: `it cannot use ${failure.target ?? 'something that it depends on'}`,
        remedy: 'Mend what it depends on; then it starts by itself within five minutes.',
        line,
      };
}

function ruleFor(line: LogRow): LastWord | undefined {
  const rule = RULES.find(([, pattern]) => pattern.test(line.text.slice(0, 2000)));
  return rule === undefined ? undefined : { kind: rule[0], words: rule[2], remedy: rule[3], line };
}
