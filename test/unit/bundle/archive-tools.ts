/** Other people's tar readers, how they are called, and what each must say of a bundle. */
import { execFileSync, spawnSync } from 'node:child_process';

export interface Tool {
  readonly name: string;
  /** Prints every member's name, a line each. */
  list(file: string): string[];
  /** Prints the body of one member. */
  body(file: string, member: string): string[];
}

const PYTHON_LIST = 'import sys,tarfile\nfor m in tarfile.open(sys.argv[1],sys.argv[2]): print(m.name)';
const PYTHON_BODY = [
  'import sys,tarfile',
  't=tarfile.open(sys.argv[1],sys.argv[2])',
  'for m in t:',
  '  if m.name==sys.argv[3]: sys.stdout.write(t.extractfile(m).read().decode())',
].join('\n');

export const TOOLS: readonly Tool[] = [
  {
    name: 'tar',
    list: (file) => ['tar', 'tzf', file],
    body: (file, member) => ['tar', 'xzOf', file, member],
  },
  {
    name: 'bsdtar',
    list: (file) => ['bsdtar', 'tzf', file],
    body: (file, member) => ['bsdtar', 'xzOf', file, member],
  },
  {
    name: 'busybox',
    list: (file) => ['busybox', 'tar', 'tzf', file],
    body: (file, member) => ['busybox', 'tar', 'xzOf', file, member],
  },
  ...(['r:gz', 'r|gz'] as const).map((mode) => ({
    name: `python3 ${mode}`,
    list: (file: string) => ['python3', '-c', PYTHON_LIST, file, mode],
    body: (file: string, member: string) => ['python3', '-c', PYTHON_BODY, file, mode, member],
  })),
];

/** Whether the program can be started at all. */
export function exists(tool: Tool): boolean {
  const [program = ''] = tool.name.split(' ');
  return spawnSync(program, ['--help'], { stdio: 'ignore' }).error === undefined;
}

/** What it prints on stdout; anything on stderr (a warning) or another exit code than 0 throws. */
export function run(command: readonly string[]): string {
  const [program = '', ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (error) throw error;
  if (status !== 0 || stderr !== '') throw new Error(`${program} exits with ${status} and says: ${stderr}`);
  return stdout;
}

/** gzip's own check of the checksums. */
export function gzipTest(file: string): void {
  execFileSync('gzip', ['-t', file]);
}
