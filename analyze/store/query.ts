/**
 * Statements live in `queries/<area>-<name>.sql`; a module names one with `defineQuery` and gives its row type. The
 * contract test prepares every file and compares its columns with the declared ones.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/package-info.ts';

/** A statement in a file, and the shape of its rows. */
export interface Query<Row> {
  /** File name in analyze/store/queries without `.sql`: `facts-services`. */
  readonly name: string;
  readonly columns: ReadonlyArray<keyof Row & string>;
}

/** Every query defined by the modules loaded so far, for the contract test. */
export const definedQueries: Array<Query<never>> = [];

const texts = new Map<string, string>();

/**
 * Names a statement: `defineQuery<ServiceRow>('facts-services', ['id', 'namespace', 'name'])`. Columns are all of the
 * row type's keys, in the statement's order. The file is read at first use.
 */
export function defineQuery<Row>(name: string, columns: ReadonlyArray<keyof Row & string>): Query<Row> {
  const query = { name, columns };
  definedQueries.push(query);
  return query;
}

/** The SQL of a query. */
export function queryText(query: Pick<Query<never>, 'name'>): string {
  let text = texts.get(query.name);
  if (text === undefined) {
    text = readFileSync(join(queryFolder(), `${query.name}.sql`), 'utf8');
    texts.set(query.name, text);
  }
  return text;
}

export function queryFolder(): string {
  return join(packageRoot(), 'analyze', 'store', 'queries');
}
