import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runQuery } from '../../../analyze/store/query-child.ts';
import { createStore } from '../../../analyze/store/writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'inquest-query-'));
const path = join(folder, 'store.db');
const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';

beforeAll(() => {
  const store = createStore(path);
  const add = store.insert('gaps', ['key', 'evidence', 'reason', 'detail']);
  for (const key of ['a', 'b', 'c']) add(key, 'list', 'forbidden', 'no');
  store.seal();
  store.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('runQuery', () => {
  it('gives columns and rows, names of their own for columns of one name', async () => {
    const result = await runQuery(
      path,
      "SELECT key, 1 AS key, NULL AS none, x'00ff' AS bytes FROM gaps ORDER BY 1 LIMIT 1;",
    );
    expect(result).toMatchObject({ columns: ['key', 'key_2', 'none', 'bytes'], truncated: false });
    expect(result.rows).toHaveLength(1);
    expect(result.rows[0]?.slice(0, 3)).toEqual(['a', 1, null]);
    expect(Buffer.from(result.rows[0]?.[3] as Uint8Array).toString('hex')).toBe('00ff');
  });

  it('says when there are more rows than the limit, and not when there are just as many', async () => {
    expect(await runQuery(path, 'SELECT key FROM gaps', { limit: 2 })).toMatchObject({
      rows: [['a'], ['b']],
      truncated: 'rows',
    });
    expect(await runQuery(path, 'SELECT key FROM gaps', { limit: 3 })).toMatchObject({ truncated: false });
  });

  it('stops what is too large to hand over', async () => {
    const result = await runQuery(
      path,
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT zeroblob(10000000) FROM n',
    );
    expect(result.truncated).toBe('bytes');
    expect(result.rows.length).toBeLessThan(10);
  });

  it('kills a query that does not end, and one that is cancelled', async () => {
    await expect(runQuery(path, ENDLESS, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'sql-timeout' });
    const abort = new AbortController();
    const running = runQuery(path, ENDLESS, { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'sql-cancelled' });
    await expect(runQuery(path, 'SELECT 1', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'sql-cancelled',
    });
  });

  it.each([
    'DELETE FROM gaps',
    "INSERT INTO gaps VALUES ('x')  RETURNING key",
    "ATTACH '/tmp/x.db' AS x",
    "/* hidden */ -- twice\n ATTACH '/tmp/x.db' AS x",
    'CREATE TEMP TABLE t (a)',
    'BEGIN',
    'PRAGMA table_info(gaps)',
    "VACUUM INTO '/tmp/x.db'",
  ])('refuses %s', async (sql) => {
    await expect(runQuery(path, sql)).rejects.toMatchObject({
      code: expect.stringMatching(/^sql-(not-reading|invalid)$/),
    });
  });

  it('reads through WITH, VALUES, EXPLAIN and table-valued pragmas', async () => {
    for (const sql of [
      'VALUES (1)',
      'EXPLAIN QUERY PLAN SELECT * FROM gaps',
      "SELECT name FROM pragma_table_info('gaps')",
      '-- c\nWITH a AS (SELECT 1) SELECT * FROM a',
    ]) {
      expect((await runQuery(path, sql)).rows.length).toBeGreaterThan(0);
    }
  });

  it('explains mistakes with place and nearest name', async () => {
    await expect(runQuery(path, 'SELECT raeson FROM gaps')).rejects.toMatchObject({
      message: 'no such column: raeson (line 1, column 8)',
      hint: 'did you mean reason?',
    });
    await expect(runQuery(path, 'SELECT *\nFROM pod')).rejects.toMatchObject({
      message: 'no such table: pod (line 2, column 6)',
      hint: 'did you mean pods?',
    });
    await expect(runQuery(path, 'SELECT 1; SELECT 2')).rejects.toMatchObject({
      message: 'more than one statement',
    });
    await expect(runQuery(path, 'SELEKT 1')).rejects.toMatchObject({
      message: expect.stringContaining('(line 1, column 1)'),
    });
  });

  it('fails plainly without a store', async () => {
    await expect(runQuery(join(folder, 'none.db'), 'SELECT 1')).rejects.toMatchObject({ code: 'sql-failed' });
  });
});
