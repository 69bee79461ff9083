// `lab get | apply | delete | raw`: what one would use kubectl for, which is not at hand.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { labNamed } from './cluster/lab.ts';
import { connect, field, items, type Kube } from './kube.ts';
import { LabError } from './lab-error.ts';
import { fromJson, shown } from './values.ts';

interface Scope {
  namespace?: string;
  allNamespaces?: boolean;
  output?: string;
  selector?: string;
}

interface ServerTable {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[]; object?: { metadata?: { namespace?: string } } }[];
}

/** Adds the commands that work on objects of the cluster. */
export function objectCommands(program: Command): void {
  program
    .command('get')
    .arguments('<kind> [name]')
    .option('-n, --namespace <name>')
    .option('-A, --all-namespaces')
    .option('-l, --selector <labels>')
    .option('-o, --output <format>', 'json, yaml or wide')
    .description('objects as the server draws them; kind is a plural, singular, short name or kind')
    .action(
      async (kind: string, name: string | undefined, options: Scope) =>
        await withKube(async (kube) => await show(kube, kind, name, options)),
    );
  program
    .command('apply')
    .requiredOption('-f, --file <file>', 'YAML, any number of documents; - reads standard input')
    .option('-n, --namespace <name>', 'for objects that name none')
    .description('server-side apply')
    .action(
      async (options: { file: string; namespace?: string }) =>
        await withKube(async (kube) => {
          const text = readFileSync(options.file === '-' ? 0 : options.file, 'utf8');
          const objects = await kube.apply(
            text,
            options.namespace === undefined ? {} : { namespace: options.namespace },
          );
          for (const object of objects)
            process.stdout.write(`${object.kind} ${object.metadata.name} applied\n`);
        }),
    );
  program
    .command('delete')
    .arguments('<kind> <name>')
    .option('-n, --namespace <name>')
    .action(
      async (kind: string, name: string, options: Scope) =>
        await withKube(async (kube) => {
          await answer(kube, 'DELETE', `${await collection(kube, kind, options)}/${name}`);
          process.stdout.write(`${kind} ${name} deleted\n`);
        }),
    );
  program
    .command('raw')
    .arguments('<path>')
    .description('GET of any path of the API server')
    .action(
      async (path: string) =>
        await withKube(
          async (kube) =>
            void process.stdout.write(`${(await answer(kube, 'GET', path, '*/*')).trimEnd()}\n`),
        ),
    );
}

async function withKube(work: (kube: Kube) => Promise<void>): Promise<void> {
  const kube = connect(labNamed().kubeconfig);
  await work(kube).finally(kube.close);
}

async function answer(kube: Kube, method: string, path: string, accept?: string): Promise<string> {
  const response = await kube.raw(method, path, accept === undefined ? {} : { accept });
  if (response.status >= 300)
    throw new LabError(`${method} ${path}: ${response.status} ${response.text.trim()}`);
  return response.text;
}

/** Path of the collection that a kind's name of any sort means, the core group first. */
async function collection(kube: Kube, kind: string, scope: Scope): Promise<string> {
  const groups = await kube.call<{ groups: { preferredVersion: { groupVersion: string } }[] }>(
    'GET',
    '/apis',
  );
  const prefixes = [
    '/api/v1',
    ...groups.groups.map((group) => `/apis/${group.preferredVersion.groupVersion}`),
  ];
  const wanted = kind.toLowerCase();
  for (const prefix of prefixes) {
    const { resources } = await kube.call<{ resources: unknown[] }>('GET', prefix);
    const found = resources.find((resource) => {
      const names = [
        field(resource, 'name'),
        field(resource, 'singularName'),
        field(resource, 'kind'),
        ...items(resource, 'shortNames'),
      ];
      return names.some((name) => String(name).toLowerCase() === wanted);
    });
    if (found === undefined) continue;
    const namespaced = field(found, 'namespaced') === true && scope.allNamespaces !== true;
    return `${prefix}${namespaced ? `/namespaces/${scope.namespace ?? 'default'}` : ''}/${String(field(found, 'name'))}`;
  }
  throw new LabError(`the cluster serves nothing called "${kind}"`);
}

async function show(kube: Kube, kind: string, name: string | undefined, options: Scope): Promise<void> {
  const query =
    options.selector === undefined
      ? ''
      : `?${new URLSearchParams({ labelSelector: options.selector }).toString()}`;
  const path = `${await collection(kube, kind, options)}${name === undefined ? '' : `/${name}`}${query}`;
  if (options.output === 'json' || options.output === 'yaml') {
    const object: unknown = JSON.parse(await answer(kube, 'GET', path));
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(object, null, 2)}\n` : stringify(object),
    );
    return;
  }
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const table = fromJson<ServerTable>(await answer(kube, 'GET', path, accept));
  process.stdout.write(drawTable(table, options.output === 'wide', options.allNamespaces === true));
}

function drawTable(table: ServerTable, wide: boolean, withNamespace: boolean): string {
  const columns = table.columnDefinitions
    .map((column, index) => ({ ...column, index }))
    .filter((column) => wide || column.priority === 0);
  const rows = [
    [...(withNamespace ? ['NAMESPACE'] : []), ...columns.map((column) => column.name.toUpperCase())],
    ...table.rows.map((row) => [
      ...(withNamespace ? [row.object?.metadata?.namespace ?? ''] : []),
      ...columns.map((column) => shown(row.cells[column.index])),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}
