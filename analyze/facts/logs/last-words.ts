/** Why a program died, read from the last lines it wrote: the line that says it, which is seldom the very last. */
import { failureIn } from './failures.ts';
import { isFrame } from './noise.ts';
import type { LogRow } from '../object-rows.ts';

export interface LastWord {
  readonly kind:
    | 'port-taken'
    | 'usage'
    | 'setting'
    | 'platform'
    | 'memory'
    | 'disk'
    | 'panic'
    | 'permission'
    | 'missing'
    | 'dependency'
    | 'error';
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
    /address already in use|EADDRINUSE|Address in use|port \d+ (?:is |was )?already in use|BindException/i,
    'its port is taken by another program of the pod',
    'Give each program of the pod a port of its own (containers of a pod share their ports), or end the other.',
  ],
  [
    'usage',
    /unknown (?:shorthand )?(?:flag|option|command)|flag provided but not defined|unrecogni[sz]ed (?:option|argument)|(?:invalid|illegal|no such|bad) option|unexpected argument '|arguments (?:are required|were not provided)|Unrecognized VM option/i,
    'it is called with arguments that it does not know',
    'Correct command and args of the container; a version before may have known them.',
  ],
  [
    'platform',
    /exec format error/i,
    'its node cannot run that file: it is built for another platform, or is a script without #! in its first line',
    'Build the image for the platform of the nodes, or keep the pods to nodes of its platform; of a script, name the interpreter in its first line or in command.',
  ],
  [
    'memory',
    /OutOfMemoryError|heap out of memory|runtime: out of memory|Allowed memory size of \d+ bytes exhausted|cannot allocate memory/i,
    'its runtime runs out of memory',
    'Let it use more (-Xmx, --max-old-space-size, memory_limit) within the limit of the container, or find what needs so much.',
  ],
  [
    'disk',
    /no space left on device|ENOSPC|disk quota exceeded/i,
    'the disk that it writes to is full',
    'Make room on the volume or the node, or give it a larger volume.',
  ],
  [
    'setting',
    /KeyError: '[A-Z][A-Z0-9_]{2,}'|required key \w+ missing value|(?:required|missing) (?:required )?env(?:ironment)? ?var|environment variable.{0,80}(?:not set|missing|is required|unset|undefined)|Could not resolve placeholder|Database is uninitialized|unknown directive "|^yaml: |yaml: (?:line \d|unmarshal)/i,
    'a setting that it needs is missing or cannot be read',
    'Correct what the line names: in its environment, or in the file that it is configured with.',
  ],
  [
    'setting',
    /(?:on|through) (?:Unix domain )?socket ["']/,
    'it looks for its database on a socket of its own pod, as no host is configured',
    'Configure the host of the database.',
  ],
  [
    'missing',
    /^exec \S+: no such file|exec user process caused: no such file/,
    'its command, or the interpreter that its first line names, is not in the image',
    'Correct the command; mind scripts with line ends of Windows, and shells that the image does not have.',
  ],
  [
    'missing',
    /^\S*(?:sh|bash): (?:line )?\d*:? ?(\S+): not found|command not found|executable file not found/i,
    'it calls a program that is not there',
    'Correct the command, or put the program into the image.',
  ],
  [
    'permission',
    /is forbidden: User \\*"[^"\\]+\\*" cannot \w+ resource/,
    'its ServiceAccount lacks a right in the API of Kubernetes',
    'Give its ServiceAccount that right: a Role or ClusterRole, and a binding to it (kubectl auth can-i --as tells).',
  ],
  [
    'missing',
    /\/serviceaccount\/token["']?: no such file|No such file or directory: ["']?\S*\/serviceaccount\/token/i,
    'it has no token of its ServiceAccount',
    'Set automountServiceAccountToken in the pod or its ServiceAccount, or mount a projected token.',
  ],
  [
    'missing',
    /no such file or directory|ENOENT|FileNotFoundError|FileNotFoundException|NoSuchFileException|cannot open (?:shared object )?file|Unable to access jarfile/i,
    'a file that it needs is not there',
    'Mount or add the file, or correct the path that is configured.',
  ],
  [
    'missing',
    /ModuleNotFoundError|ImportError|Cannot find module|ClassNotFoundException|NoClassDefFoundError|cannot load such file|Could not find or load main class/,
    'a module that it needs is not in the image',
    'Build the image with that module.',
  ],
  [
    'permission',
    /read-only file system|EROFS/i,
    'it writes where its file system is read-only',
    'Mount a volume (an emptyDir, say) where it writes, or take readOnlyRootFilesystem or readOnly away.',
  ],
  [
    'permission',
    /permission denied(?! for (?:table|relation|schema|sequence|database|function|view))|EACCES|EPERM|operation not permitted|AccessDeniedException/i,
    'it may not do what it tries',
    'Where that is a file or a port: look at securityContext (runAsUser, fsGroup, capabilities) and the owner of the file; else at the rights it has in what it asks.',
  ],
];

const PANIC =
  /^(?:.{0,60}\s)?(?:panic: |fatal error: )|thread '[^']*' (?:\(\d+\) )?panicked at|^Exception in thread |^(?:.{0,60}\s)?Unhandled exception|Segmentation fault|core dumped/;
/** `ValueError: …`, `java.lang.IllegalStateException: …`, `TypeError: x is undefined`, where a line begins so. */
const THROWN = /^(?:Caused by: )?(?:[a-z]\w*\.)*[A-Z]\w*(?:Error|Exception)\b(?::|$)/;
const ERROR =
  /(?:^|[\s[\]|"=:])(?:FATAL|ERROR|CRITICAL|E\d{4}|\[emerg\]|\[error\])(?=[\s:\]"|])|(?:^|[\s[\]|"=:])(?:fatal|error)(?=[:\]"|]|$| msg=)|^Error:|^F\d{4} |\bFatal error: /;

/** So many characters of a line are read. */
const READ = 2000;
/** What a program survived is no reason of its death: so many lines before its last error, frames of stacks not counted. */
const BEFORE = 12;

/**
 * The line that tells most, of the lines of one life, oldest first: the latest that names a reason by itself, at its last
 * error or shortly before; else that error: a panic, what was thrown, what is marked so. A stack's frames are passed over.
 * Undefined where no line tells.
 */
export function lastWordOf(lines: readonly LogRow[]): LastWord | undefined {
  const said = lines.filter((line) => !isFrame(line) && line.text.trim() !== '');
  const end = lastIndexOf(said, PANIC) ?? lastIndexOf(said, THROWN) ?? lastIndexOf(said, ERROR);
  for (const line of said.slice(end === undefined ? 0 : Math.max(0, end - BEFORE)).toReversed()) {
    const told = ruleFor(line) ?? dependencyIn(line);
    if (told !== undefined) return told;
  }
  const line = end === undefined ? undefined : said[end];
  if (line === undefined) return undefined;
  return PANIC.test(line.text.slice(0, READ))
    ? {
        kind: 'panic',
        words: 'it panics',
        remedy:
          'That is a fault of the program: its stack says where. If the version is new, go back to the one before.',
        line,
      }
    : { kind: 'error', words: 'it gives up', remedy: 'Mend what its last words name.', line };
}

function lastIndexOf(lines: readonly LogRow[], pattern: RegExp): number | undefined {
  const index = lines.findLastIndex(({ text }) => pattern.test(text.slice(0, READ)));
  return index < 0 ? undefined : index;
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
  const text = line.text.slice(0, READ);
  const rule = RULES.find(([, pattern]) => pattern.test(text));
  return rule === undefined ? undefined : { kind: rule[0], words: rule[2], remedy: rule[3], line };
}
