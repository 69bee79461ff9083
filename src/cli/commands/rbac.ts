/** `inquest rbac`: the least roles for a capture, as YAML ready for `kubectl apply`. */
import type { RbacDocument, RbacOptions, Subject } from '../../../capture/rbac.ts';
import type { Level } from '../../../capture/rights.ts';
import { UserError, messageOf } from '../../core/errors.ts';
import { jsonText } from '../../core/text.ts';
import type { Command } from '../command.ts';

interface Flags {
  readonly level?: string[];
  readonly namespace?: string[];
  readonly namespaceOnly?: boolean;
  readonly user?: string[];
  readonly group?: string[];
  readonly serviceAccount?: string[];
  readonly withoutSecrets?: boolean;
  readonly discover?: boolean;
  readonly allKinds?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly name: string;
  readonly json?: boolean;
}

/** The document of `--json`. Scripts rely on these names; more may be added. */
const RBAC_FORMAT = 'inquest-rbac/1';
const WIDTH = 100;

const command: Command = {
  name: 'rbac',
  register(program) {
    program
      .command('rbac')
      .description('Print the least roles that a capture needs, as YAML for kubectl apply.')
      .option('--level <level>', 'read, port-forward (the default), kubelet, exec or debug-pod', repeated)
      .option(
        '-n, --namespace <name>',
        'a Role in this namespace (repeatable), and what is needed beside it',
        repeated,
      )
      .option('--namespace-only', 'with -n: nothing outside the namespace')
      .option('--user <name>', 'bind to this user (repeatable)', repeated)
      .option('--group <name>', 'bind to this group (repeatable)', repeated)
      .option('--service-account <ns:name>', 'bind to this ServiceAccount (repeatable)', repeated)
      .option('--without-secrets', 'leave out the role that may list Secrets')
      .option('--discover', 'ask the cluster which groups of custom resources it serves')
      .option('--all-kinds', 'one rule for every kind there is, values of Secrets included')
      .option('--kubeconfig <file>', 'with --discover: use this kubeconfig alone')
      .option('--context <name>', 'with --discover: use this context of it')
      .option('--name <name>', 'what the roles are called', 'inquest')
      .option('--json', 'one JSON document instead of YAML')
      .addHelpText(
        'after',
        `
Levels hold what is before them: read (objects, logs, metrics), port-forward
(what listens, questions to DNS). Apart from these: kubelet (what nodes answer;
as good as exec), exec (for --allow-exec), debug-pod (for --allow-debug-pod).
--level may be given twice: --level kubelet --level exec.

Examples:
  inquest rbac                                     for the whole cluster
  inquest rbac --user jane | kubectl apply -f -    and give it to jane
  inquest rbac -n shop --group dev                 in one namespace
  inquest rbac --level kubelet --service-account ops:inquest`,
      )
      .action((flags: Flags) => act(flags));
  },
};
export default command;

function repeated(value: string, before: string[] = []): string[] {
  return [...before, value];
}

async function act(flags: Flags): Promise<void> {
  const { rbacDocuments } = await import('../../../capture/rbac.ts');
  const options = await optionsOf(flags);
  const documents = rbacDocuments(options);
  if (flags.json === true) {
    const { levels, namespaces } = options;
    process.stdout.write(`${jsonText({ format: RBAC_FORMAT, levels, namespaces, documents })}\n`);
    return;
  }
  process.stdout.write(await yamlOf(documents));
}

async function optionsOf(flags: Flags): Promise<RbacOptions> {
  const { KNOWN_GROUPS } = await import('../../../capture/rights.ts');
  const { namespaceOnly = false, discover = false, allKinds = false, namespace = [] } = flags;
  if (namespaceOnly && namespace.length === 0) {
    throw new UserError('no-namespace', '--namespace-only says nothing without a namespace', {
      hint: 'name it with -n NAME.',
    });
  }
  return {
    levels: await levelsOf(flags.level ?? ['port-forward']),
    namespaces: [...new Set(namespace)],
    namespaceOnly,
    groups: discover ? await discovered(flags) : KNOWN_GROUPS,
    allKinds,
    secrets: flags.withoutSecrets !== true,
    name: flags.name,
    subjects: subjectsOf(flags),
  };
}

async function levelsOf(wanted: readonly string[]): Promise<readonly Level[]> {
  const { LEVELS, withIncluded } = await import('../../../capture/rights.ts');
  const levels = wanted.map((text) => {
    const level = LEVELS.find((name) => name === text);
    if (level !== undefined) return level;
    throw new UserError('no-such-level', `there is no level "${text}"`, {
      hint: `there are: ${LEVELS.join(', ')}.`,
    });
  });
  return withIncluded(levels);
}

async function discovered({ kubeconfig, context }: Flags): Promise<RbacOptions['groups']> {
  const { servedGroups } = await import('../../../capture/served-groups.ts');
  try {
    return await servedGroups({ kubeconfig, context });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('no-discovery', `the cluster does not say what it serves: ${messageOf(error)}`, {
      hint: 'leave out --discover for the well-known groups.',
      cause: error,
    });
  }
}

function subjectsOf({ user = [], group = [], serviceAccount = [] }: Flags): Subject[] {
  return [
    ...user.map((name): Subject => ({ kind: 'User', name })),
    ...group.map((name): Subject => ({ kind: 'Group', name })),
    ...serviceAccount.map((text): Subject => {
      const [namespace = '', name = '', more] = text.split(/[:/]/);
      if (namespace !== '' && name !== '' && more === undefined)
        return { kind: 'ServiceAccount', name, namespace };
      throw new UserError('bad-service-account', `--service-account ${text} is not NAMESPACE:NAME`, {
        hint: 'write it as ops:inquest.',
      });
    }),
  ];
}

async function yamlOf(documents: readonly RbacDocument[]): Promise<string> {
  const { Document } = await import('yaml');
  return documents
    .map(({ comment, object }) => {
      const lines = comment.flatMap((sentence) => folded(sentence)).map((line) => `# ${line}\n`);
      return `---\n${lines.join('')}${new Document(object).toString({ lineWidth: WIDTH, flowCollectionPadding: false })}`;
    })
    .join('');
}

function folded(sentence: string): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 3 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
