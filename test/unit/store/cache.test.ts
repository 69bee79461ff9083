import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCache, prune } from '../../../analyze/store/cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'inquest-cache-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, bytes: number, ageSeconds: number): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(bytes));
  const at = Date.now() / 1000 - ageSeconds;
  utimesSync(path, at, at);
  return path;
}

describe('cache', () => {
  it('lets the longest unused go, never the one in use, and what died while it was built', () => {
    const inUse = file('in-use.db', 500, 9000);
    const fresh = file('fresh.db', 400, 10);
    const old = file('old.db', 400, 5000);
    const building = file('x.db.1.ab.tmp', 900, 60);
    const dead = file('y.db.1.ab.tmp', 1, 3 * 86_400);
    const other = file('notes.txt', 5000, 9 * 86_400);
    prune(folder, inUse, 700);
    expect([inUse, fresh, old, building, dead, other].map((path) => existsSync(path))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('falls back to a temporary folder where it cannot write', () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, 'a file where the folder should be');
    const cache = openCache(join(blocked, 'inquest'));
    expect(cache.temporary).toBe(true);
    expect(existsSync(cache.folder)).toBe(true);
    rmSync(cache.folder, { recursive: true });
    const fine = join(folder, 'fine');
    mkdirSync(fine);
    chmodSync(fine, 0o700);
    expect(openCache(fine)).toEqual({ folder: fine, temporary: false });
  });
});
