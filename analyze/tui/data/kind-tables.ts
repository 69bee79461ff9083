/** Which statement and which columns each kind is shown with. */
import { formatDuration } from '../../../src/core/time.ts';
import { defineQuery, type Query } from '../../store/query.ts';
import type { Column } from '../components/table.ts';
import type { Env } from '../screen.ts';
import type { Tone } from '../theme.ts';
import { findingsOn } from './objects.ts';

/** A row of any table here: its id, and whatever its statement gives. */
export type Row = { readonly id: number } & Readonly<Record<string, string | number | null>>;

export interface KindTable {
  readonly query: Query<Row>;
  /** The statement spans kinds: narrow it to this resource. */
  readonly narrow?: true;
  readonly columns: ReadonlyArray<Column<Row>>;
}

const text = (field: string) => (row: Row) => String(row[field] ?? '');
const number = (value: string | number | null | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

const NAMESPACE: Column<Row> = {
  title: 'NAMESPACE',
  key: 'P',
  order: 'namespace',
  least: 9,
  value: text('namespace'),
};
const NAME: Column<Row> = {
  title: 'NAME',
  key: 'N',
  order: 'name',
  least: 24,
  keepEnd: true,
  value: text('name'),
};
const AGE: Column<Row> = {
  title: 'AGE',
  key: 'A',
  order: 'created_at',
  value: (row, env) => {
    const deleted = number(row['deleted_at']);
    if (deleted !== undefined) return `gone ${env.clock.age(deleted)}`;
    const created = number(row['created_at']);
    return created === undefined ? '-' : formatDuration(env.clock.reference - created);
  },
};

/** The worst finding on the row's object, in a word. */
function verdictColumn(kind: string): Column<Row> {
  const worst = (row: Row, env: Env): 'critical' | 'warning' | 'advice' | undefined => {
    const namespace = row['namespace'];
    const ref = {
      kind: row['kind'] === undefined ? kind : String(row['kind']),
      name: String(row['name'] ?? ''),
    };
    const on = findingsOn(env.verdict, typeof namespace === 'string' ? { ...ref, namespace } : ref);
    return (['critical', 'warning', 'advice'] as const).find((level) =>
      on.some((finding) => finding.severity === level),
    );
  };
  return {
    title: 'FINDING',
    drop: 1,
    value: (row, env) => worst(row, env) ?? '',
    tone: (row, env) => severityTone(worst(row, env)),
  };
}

export function severityTone(severity: string | undefined): Tone {
  if (severity === 'critical') return 'bad';
  if (severity === 'warning') return 'warn';
  return severity === 'advice' ? 'accent' : 'plain';
}

const column = (title: string, field: string, more: Partial<Column<Row>> = {}): Column<Row> => ({
  title,
  order: field,
  value: text(field),
  ...more,
});

function readyTone(row: Row): Tone {
  const [ready, wanted] = String(row['ready'] ?? '').split('/');
  return ready === wanted ? 'plain' : 'warn';
}

/** The statuses kubectl shows for a pod that is as it should be. */
const CALM = new Set(['Running', 'Completed', 'Succeeded']);

const TABLES: Readonly<Record<string, KindTable>> = {
  pods: {
    query: defineQuery<Row>('tui-pods', [
      'id',
      'namespace',
      'name',
      'ready',
      'ready_condition',
      'status',
      'restarts',
      'ip',
      'node',
      'created_at',
      'deleted_at',
    ]),
    columns: [
      NAMESPACE,
      NAME,
      column('READY', 'ready', { key: 'R', tone: readyTone }),
      column('STATUS', 'status', {
        key: 'S',
        least: 9,
        tone: (row) => (CALM.has(String(row['status'])) ? 'plain' : 'bad'),
      }),
      column('RESTARTS', 'restarts', { key: 'T', align: 'right', drop: 2 }),
      AGE,
      verdictColumn('Pod'),
      column('IP', 'ip', { key: 'I', drop: 3 }),
      column('NODE', 'node', { key: 'O', drop: 4, least: 10 }),
    ],
  },
  services: {
    query: defineQuery<Row>('tui-services', [
      'id',
      'namespace',
      'name',
      'type',
      'cluster_ip',
      'external_name',
      'selector',
      'ports',
      'ready_addresses',
      'addresses',
      'created_at',
      'deleted_at',
    ]),
    columns: [
      NAMESPACE,
      NAME,
      column('TYPE', 'type', { key: 'T', drop: 3 }),
      column('CLUSTER-IP', 'cluster_ip', {
        key: 'C',
        drop: 4,
        value: (row) => String(row['cluster_ip'] ?? row['external_name'] ?? ''),
      }),
      column('PORTS', 'ports', { least: 8 }),
      column('READY', 'ready_addresses', {
        key: 'R',
        value: (row) => `${row['ready_addresses']}/${row['addresses']}`,
        tone: (row) => (row['ready_addresses'] === 0 && row['selector'] !== null ? 'bad' : 'plain'),
      }),
      column('SELECTOR', 'selector', { least: 10, drop: 5, value: (row) => selectorText(row['selector']) }),
      AGE,
      verdictColumn('Service'),
    ],
  },
  nodes: {
    query: defineQuery<Row>('tui-nodes', [
      'id',
      'namespace',
      'name',
      'ready',
      'unschedulable',
      'version',
      'ip',
      'pod_cidr',
      'pods',
      'pressure',
      'created_at',
      'deleted_at',
    ]),
    columns: [
      NAME,
      column('STATUS', 'ready', {
        key: 'S',
        value: (row) => `${nodeStatus(row['ready'])}${row['unschedulable'] === 1 ? ',cordoned' : ''}`,
        tone: (row) => (row['ready'] === 'True' ? 'plain' : 'bad'),
      }),
      column('PRESSURE', 'pressure', { drop: 3, tone: () => 'bad' }),
      column('PODS', 'pods', { align: 'right', drop: 2 }),
      column('VERSION', 'version', { key: 'V', drop: 2 }),
      column('IP', 'ip', { key: 'I', drop: 3 }),
      AGE,
      verdictColumn('Node'),
    ],
  },
  'discovery.k8s.io/endpointslices': {
    query: defineQuery<Row>('tui-endpointslices', [
      'id',
      'resource',
      'namespace',
      'name',
      'service',
      'ready_addresses',
      'addresses',
      'endpoints',
      'created_at',
      'deleted_at',
    ]),
    narrow: true,
    columns: [
      NAMESPACE,
      NAME,
      column('SERVICE', 'service', { key: 'S', least: 8 }),
      column('READY', 'ready_addresses', {
        key: 'R',
        value: (row) => `${row['ready_addresses']}/${row['addresses']}`,
      }),
      column('ADDRESSES', 'endpoints', { least: 15, drop: 3 }),
      AGE,
      verdictColumn('EndpointSlice'),
    ],
  },
};

const WORKLOADS: KindTable = {
  query: defineQuery<Row>('tui-workloads', [
    'id',
    'resource',
    'kind',
    'namespace',
    'name',
    'ready',
    'replicas',
    'ready_replicas',
    'revision',
    'selector',
    'created_at',
    'deleted_at',
  ]),
  narrow: true,
  columns: [
    NAMESPACE,
    NAME,
    column('READY', 'ready_replicas', { key: 'R', value: text('ready'), tone: readyTone }),
    column('REVISION', 'revision', { key: 'V', align: 'right', drop: 2 }),
    AGE,
    verdictColumn('Deployment'),
    column('SELECTOR', 'selector', { drop: 3, least: 12, value: (row) => selectorText(row['selector']) }),
  ],
};

const WORKLOAD_RESOURCES = new Set([
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'replicationcontrollers',
]);

const OBJECTS: KindTable = {
  query: defineQuery<Row>('tui-objects', [
    'id',
    'resource',
    'kind',
    'namespace',
    'name',
    'created_at',
    'deletion_at',
    'deleted_at',
    'conditions',
  ]),
  narrow: true,
  columns: [
    NAMESPACE,
    NAME,
    AGE,
    verdictColumn(''),
    column('CONDITIONS', 'conditions', { drop: 1, least: 12 }),
  ],
};

/** How a kind is shown; those without columns of their own by name, age and conditions. */
export function tableOf(resource: string, namespaced: boolean): KindTable {
  const table = TABLES[resource] ?? (WORKLOAD_RESOURCES.has(resource) ? WORKLOADS : OBJECTS);
  return namespaced ? table : { ...table, columns: table.columns.filter((entry) => entry !== NAMESPACE) };
}

function selectorText(value: string | number | null | undefined): string {
  if (typeof value !== 'string') return '<none>';
  try {
    const parsed: unknown = JSON.parse(value);
    const labels =
      typeof parsed === 'object' && parsed !== null && 'matchLabels' in parsed ? parsed.matchLabels : parsed;
    if (typeof labels !== 'object' || labels === null) return value;
    return Object.entries(labels)
      .map(([key, label]) => (typeof label === 'string' ? `${key}=${label}` : key))
      .join(',');
  } catch {
    return value;
  }
}

function nodeStatus(ready: string | number | null | undefined): string {
  if (ready === 'True') return 'Ready';
  return ready === 'False' ? 'NotReady' : 'Unknown';
}
