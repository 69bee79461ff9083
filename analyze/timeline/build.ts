/** Fills the table `timeline`: every source's entries merged into one line of time, ids in its order. */
import { queryText } from '../store/query.ts';
import { makeIndices, type StoreWriter } from '../store/writer.ts';
import { SOURCE_COLUMNS } from './source.ts';
import { timelineSources } from './sources/registry.ts';

const ENTRY_COLUMNS = SOURCE_COLUMNS.filter((column) => column !== 'seq').join(', ');

/**
 * Rebuilds the timeline from the evidence in the store, and its indices. Needs the indices `objects` and the schema's
 * tables; the times an entry carries are microseconds UTC. Returns how many entries there are.
 *
 * Entries are ordered by time, at equal times by the source's rank and within a source by what it calls its sequence,
 * so that windows can go along the ids. Sources that SQL can express never leave SQLite.
 */
export function buildTimeline(store: StoreWriter): number {
  store.exec(`
    PRAGMA threads = 2;
    DROP INDEX IF EXISTS timeline_by_time;
    DELETE FROM timeline;
    CREATE TEMP TABLE timeline_staged (
      source TEXT, rank INTEGER, at INTEGER, until INTEGER, severity INTEGER, basis TEXT, kind TEXT, namespace TEXT,
      name TEXT, object_id INTEGER, reason TEXT, text TEXT, file_id INTEGER, line INTEGER, seq INTEGER)`);
  try {
    stage(store);
    const parts = timelineSources.flatMap((source) =>
      'query' in source
        ? [
            `SELECT ${literal(source.id)} AS source, ${source.rank} AS rank, ${SOURCE_COLUMNS.join(', ')} FROM (${queryText(source.query)})`,
          ]
        : [],
    );
    parts.push(`SELECT source, rank, ${SOURCE_COLUMNS.join(', ')} FROM temp.timeline_staged`);
    return store.run(
      `INSERT INTO timeline (source, ${ENTRY_COLUMNS})
       SELECT source, ${ENTRY_COLUMNS} FROM (${parts.join('\nUNION ALL\n')}) ORDER BY at, rank, seq`,
    );
  } finally {
    store.exec('DROP TABLE temp.timeline_staged');
    makeIndices(store, 'judgement');
  }
}

/** The entries of the sources that need more than SQL. */
function stage(store: StoreWriter): void {
  const insert = store.insert('temp.timeline_staged', ['source', 'rank', ...SOURCE_COLUMNS]);
  for (const source of timelineSources) {
    if (!('rows' in source)) continue;
    // A statement that is being read forbids writes, so what is read is held until it ends.
    const held = Array.from(source.rows(store));
    for (const row of held) {
      insert(source.id, source.rank, ...SOURCE_COLUMNS.map((column) => row[column]));
    }
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
