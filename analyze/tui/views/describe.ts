/** One object described: what it is, how it is, what was found on it, its Events, and who wrote it last. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import { defineQuery, queryText } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import { heading, type Block } from '../components/document.ts';
import { tableOf, type Row } from '../data/kind-tables.ts';
import { findingsOn, objectById, ownerOf, refOf, type ObjectRow } from '../data/objects.ts';
import type { Env, Outcome } from '../screen.ts';
import { eventsOf } from './events.ts';
import { pageScreen } from './page.ts';
import { labelsOf, rowsByIds } from './resources.ts';
import { findingBlock } from './words.ts';

interface ConditionRow {
  readonly type: string;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly last_transition_at: number | null;
}

interface ContainerRow {
  readonly name: string;
  readonly type: string;
  readonly image: string | null;
  readonly state: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly exit_code: number | null;
  readonly started_at: number | null;
  readonly ready: number | null;
  readonly restarts: number | null;
  readonly last_reason: string | null;
  readonly last_exit_code: number | null;
  readonly last_finished_at: number | null;
}

const CONDITIONS = defineQuery<ConditionRow>('tui-conditions', [
  'type',
  'status',
  'reason',
  'message',
  'last_transition_at',
]);
const WRITES = defineQuery<{
  manager: string | null;
  operation: string | null;
  subresource: string | null;
  at: number | null;
}>('tui-field-writes', ['manager', 'operation', 'subresource', 'at']);
const CONTAINERS = defineQuery<ContainerRow>('tui-containers', [
  'name',
  'type',
  'image',
  'state',
  'reason',
  'message',
  'exit_code',
  'started_at',
  'ready',
  'restarts',
  'last_reason',
  'last_exit_code',
  'last_finished_at',
]);

const LEAD = 12;
/** Of an object's Events, the latest; all of them are one key away. */
const EVENTS_SHOWN = 10;

/** The description of an object. */
export function openDescribe(env: Env, id: number): Outcome {
  const object = objectById(env.store, id);
  if (object === undefined) return { say: 'This object is not in the bundle.', tone: 'warn' };
  const ref = refOf(object);
  const at = object.deleted_at ?? object.deletion_at ?? object.created_at;
  return {
    screen: pageScreen({
      crumb: `${ref.kind}/${ref.name}`,
      blocks: (now) => blocks(now, object, ref),
      subject: { ref, objectId: id, text: objectKey(ref), ...(at === null ? {} : { at }) },
    }),
  };
}

function blocks(env: Env, object: ObjectRow, ref: ObjectRef): Block[] {
  const section = (title: string, rows: readonly Block[]): Block[] =>
    rows.length === 0 ? [] : [...heading(title), ...rows];
  const { store, clock } = env;
  return [
    ...identity(env, object),
    ...section(
      'Findings',
      findingsOn(env.verdict, ref).map((finding) => findingBlock(finding)),
    ),
    ...section('State', state(env, object)),
    ...section('Containers', object.kind === 'Pod' ? containers(env, object.id) : []),
    ...section('Conditions', conditions(env, object.id)),
    ...section('Events', events(env, ref)),
    ...section('Labels', labelBlocks(store, object.id)),
    ...section(
      'Written by (managedFields: when a manager last wrote, never which field)',
      store.all(WRITES, [object.id]).map((row) => ({
        lead: clock.short(row.at ?? undefined),
        leadWidth: LEAD,
        text: `${row.manager ?? 'an unnamed manager'}: ${row.operation ?? 'Update'}${row.subresource === null ? '' : ` of ${row.subresource}`}`,
        ...(row.at === null ? {} : { target: { kind: 'moment', at: row.at, ref } }),
      })),
    ),
  ];
}

function identity(env: Env, object: ObjectRow): Block[] {
  const { clock } = env;
  const line = (lead: string, text: string, more: Partial<Block> = {}): Block => ({
    lead,
    leadWidth: LEAD,
    text,
    ...more,
  });
  const owner = ownerOf(env.store, object);
  const when = (at: number): string => `${clock.short(at)} (${clock.age(at)} before the capture)`;
  return [
    { text: `${object.kind} ${object.name}`, tone: 'strong' },
    line('apiVersion', object.api_version),
    ...(object.namespace === null ? [] : [line('namespace', object.namespace)]),
    ...(object.created_at === null ? [] : [line('created', when(object.created_at))]),
    ...(object.deletion_at === null
      ? []
      : [line('deletion', `requested, due ${clock.short(object.deletion_at)}`, { tone: 'warn' })]),
    ...(object.deleted_at === null
      ? []
      : [line('gone', `the watch saw it deleted at ${when(object.deleted_at)}`, { tone: 'warn' })]),
    ...(owner === undefined
      ? []
      : [
          owner.row === undefined
            ? line('owner', `${objectKey(owner.ref)} (not in the bundle)`)
            : line('owner', objectKey(owner.ref), { target: { kind: 'describe', id: owner.row.id } }),
        ]),
    line(
      'yaml',
      object.file === null
        ? 'as it was captured'
        : `${object.file}${object.line === null ? '' : `:${object.line}`}`,
      {
        target: { kind: 'yaml', id: object.id },
      },
    ),
  ];
}

/** What the kind's table shows, one fact a row. */
function state(env: Env, object: ObjectRow): Block[] {
  const table = tableOf(object.resource, object.namespace !== null);
  const row = rowsByIds<Row>(env.store, queryText(table.query), [object.id])[0];
  if (row === undefined) return [];
  return table.columns.flatMap((column) => {
    if (['NAMESPACE', 'NAME', 'AGE', 'FINDING', 'CONDITIONS'].includes(column.title)) return [];
    const text = column.value(row, env);
    return text === ''
      ? []
      : [
          {
            lead: column.title.toLowerCase(),
            leadWidth: LEAD,
            text,
            tone: column.tone?.(row, env) ?? 'plain',
          },
        ];
  });
}

function containers(env: Env, id: number): Block[] {
  const { clock } = env;
  return env.store.all(CONTAINERS, [id]).flatMap((row): Block[] => {
    const type = row.type === 'app' ? '' : `${row.type}, `;
    const exit = row.exit_code === null ? '' : `, exit code ${row.exit_code}`;
    const why =
      row.reason === null ? '' : ` (${row.reason}${row.message === null ? '' : `: ${row.message}`})`;
    const last =
      row.last_finished_at === null && row.last_reason === null
        ? ''
        : `; before that ended ${clock.short(row.last_finished_at ?? undefined)}` +
          `${row.last_reason === null ? '' : ` ${row.last_reason}`}${row.last_exit_code === null ? '' : `, exit code ${row.last_exit_code}`}`;
    return [
      {
        lead: row.name,
        leadWidth: LEAD,
        text:
          `${type}${row.state ?? 'not started'}${why}${exit}${row.ready === 1 ? ', ready' : ', not ready'}, ` +
          `${row.restarts ?? 0} restarts${last}`,
        tone: row.ready === 1 || row.reason === 'Completed' ? 'plain' : 'warn',
      },
      { indent: LEAD, text: row.image ?? 'image unknown', tone: 'dim' },
    ];
  });
}

function conditions(env: Env, id: number): Block[] {
  return env.store.all(CONDITIONS, [id]).map((row) => ({
    lead: `${row.type}=${row.status}`,
    leadWidth: 26,
    text: [env.clock.short(row.last_transition_at ?? undefined), row.reason, row.message]
      .filter((part) => part !== null && part !== '')
      .join(' '),
    leadTone: row.status === 'Unknown' ? 'unknown' : 'label',
  }));
}

function events(env: Env, ref: ObjectRef): Block[] {
  const found = eventsOf(env.store, ref);
  const rows = found.slice(-EVENTS_SHOWN).map((row): Block => ({
    lead: env.clock.short(row.at ?? undefined),
    leadWidth: LEAD,
    text: `${row.type === 'Warning' ? 'Warning ' : ''}${row.reason ?? ''}: ${row.message ?? ''}${row.count > 1 ? ` (${row.count} times)` : ''}`,
    tone: row.type === 'Warning' ? 'warn' : 'plain',
    target: { kind: 'describe', id: row.object_id },
  }));
  if (found.length <= EVENTS_SHOWN) return rows;
  return [
    ...rows,
    { text: `and ${found.length - EVENTS_SHOWN} earlier ones`, target: { kind: 'events', ref } },
  ];
}

function labelBlocks(store: Store, id: number): Block[] {
  return [...(labelsOf(store, [id]).get(id) ?? [])].map(([key, value]) => ({ text: `${key}=${value}` }));
}
