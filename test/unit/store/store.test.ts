import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../analyze/store/store.ts';
import { createStore, reopenForWriting } from '../../../analyze/store/writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'inquest-store-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('store', () => {
  it('reads by position and by name, and a statement inside its own iteration', () => {
    const store = createStore(':memory:');
    const add = store.insert('dns_strings', ['id', 'text']);
    for (const [index, text] of ['a', 'b'].entries()) add(index + 1, text);
    expect(store.get('SELECT text FROM dns_strings WHERE id = ?', [2])).toEqual({ text: 'b' });
    expect(store.get('SELECT id FROM dns_strings WHERE text = :text', { text: 'a' })).toEqual({ id: 1 });
    expect(store.get('SELECT id FROM dns_strings WHERE id = 9')).toBeUndefined();
    const sql = 'SELECT id FROM dns_strings ORDER BY id';
    const seen = [...store.iterate<{ id: number }>(sql)].length;
    let nested = 0;
    for (const _ of store.iterate(sql)) nested += store.all(sql).length;
    expect([seen, nested]).toEqual([2, 4]);
    store.close();
  });

  it('has every bulk row as soon as it is asked, at any count', () => {
    for (const count of [0, 1, 23, 24, 25, 100]) {
      const store = createStore(':memory:');
      const add = store.bulk('labels', ['object_id', 'key', 'value']);
      for (let index = 0; index < count; index += 1) add(index, `k${index}`, `v${index}`);
      expect(
        store.get(
          "SELECT count(*) AS n, count(DISTINCT key) AS k FROM labels WHERE value = 'v' || object_id",
        ),
      ).toEqual({ n: count, k: count });
      store.close();
    }
  });

  it('is read-only when opened, leaves no files beside it, and can be judged again', () => {
    const path = join(folder, 'a.db');
    const made = createStore(path);
    made.insert('bundle', ['key', 'value'])('id', 'x');
    made.seal();
    made.close();
    const store = openStore(path);
    expect(store.get('SELECT value FROM bundle')).toEqual({ value: 'x' });
    expect(() => store.all("INSERT INTO bundle VALUES ('a', 'b') RETURNING key")).toThrow(/readonly/);
    store.close();
    const again = reopenForWriting(path);
    again.exec('DELETE FROM bundle');
    again.close();
  });

  it('says so when there is no store or something else', () => {
    writeFileSync(join(folder, 'no.db'), 'not a database, and long enough to look at'.repeat(50));
    expect(() => openStore(join(folder, 'none.db'))).toThrow(
      expect.objectContaining({ code: 'store-unreadable' }),
    );
    expect(() => openStore(join(folder, 'no.db'))).toThrow(
      expect.objectContaining({ code: 'store-unreadable' }),
    );
  });
});
