import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAnalysis } from '../../analyze/analysis.ts';
import { loadBundle } from '../../analyze/ingest/load.ts';
import { createStore } from '../../analyze/store/writer.ts';
import { openBundle } from '../../src/bundle/reader.ts';
import { generateBundle } from '../bench/generate-bundle.ts';
import { evidenceFiles } from '../support/evidence.ts';

const work = mkdtempSync(join(tmpdir(), 'inquest-analysis-'));
const bundle = join(work, 'bundle.tar.gz');
const cacheDir = join(work, 'cache');
const stores = (): string[] => (existsSync(cacheDir) ? readdirSync(cacheDir) : []);

beforeAll(async () => {
  await generateBundle(bundle, { pods: 30, logLines: 500 });
});
afterAll(() => {
  rmSync(work, { recursive: true });
});

describe('openAnalysis', () => {
  it('loads once, then finds the store in the cache with the same verdict', async () => {
    const first = await openAnalysis(bundle, { cacheDir });
    expect([first.from, first.store.get('SELECT count(*) AS n FROM pods')]).toEqual(['bundle', { n: 30 }]);
    first.close();
    const second = await openAnalysis(bundle, { cacheDir });
    expect([second.from, second.verdict]).toEqual(['cache', first.verdict]);
    second.close();
    expect(stores()).toHaveLength(1);
  });

  it('judges again when only the rules changed, and leaves an open store as it was', async () => {
    const [name = ''] = stores();
    const open = await openAnalysis(bundle, { cacheDir });
    const { reopenForWriting } = await import('../../analyze/store/writer.ts');
    const store = reopenForWriting(join(cacheDir, name));
    store.exec("UPDATE bundle SET value = 'older' WHERE key = 'rules'");
    store.close();
    const again = await openAnalysis(bundle, { cacheDir });
    expect([again.from, again.verdict]).toEqual(['judged', open.verdict]);
    again.close();
    expect(open.store.get('SELECT count(*) AS n FROM pods')).toEqual({ n: 30 });
    open.close();
    expect(stores()).toEqual([name]);
  });

  it('rebuilds a damaged store', async () => {
    const [name = ''] = stores();
    writeFileSync(join(cacheDir, name), 'gone');
    const analysis = await openAnalysis(bundle, { cacheDir });
    expect(analysis.from).toBe('bundle');
    analysis.close();
  });

  it('serves parallel openers', async () => {
    rmSync(cacheDir, { recursive: true });
    const all = await Promise.all([1, 2, 3].map(() => openAnalysis(bundle, { cacheDir })));
    for (const analysis of all) {
      expect(analysis.store.get('SELECT count(*) AS n FROM pods')).toEqual({ n: 30 });
      analysis.close();
    }
    expect(stores()).toHaveLength(1);
  });

  it('works where the cache cannot be written, and leaves nothing there', async () => {
    const blocked = join(work, 'blocked');
    writeFileSync(blocked, '');
    const analysis = await openAnalysis(bundle, { cacheDir: join(blocked, 'x') });
    const folder = dirname(analysis.store.path);
    expect(analysis.store.get('SELECT count(*) AS n FROM pods')).toEqual({ n: 30 });
    analysis.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('keeps no store of a bundle that differs from its manifest', async () => {
    const folder = join(work, 'altered');
    const manifest = { entries: [{ path: 'bundle.json', bytes: 1, sha256: '0'.repeat(64) }] };
    for (const [path, text] of evidenceFiles({})) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      const body =
        path === 'manifest.json' ? JSON.stringify({ ...(JSON.parse(text) as object), ...manifest }) : text;
      writeFileSync(join(folder, path), body);
    }
    const cache = join(work, 'altered-cache');
    const analysis = await openAnalysis(folder, { cacheDir: cache });
    expect(analysis.store.get("SELECT reason FROM gaps WHERE key = 'bundle:altered:bundle.json'")).toEqual({
      reason: 'invalid',
    });
    analysis.close();
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe('loadBundle', () => {
  it('gives the same store with a log thread and without', async () => {
    const big = join(work, 'big.tar.gz');
    await generateBundle(big, { pods: 20, logLines: 70_000 });
    const tables = [
      'objects',
      'files',
      'log_files',
      'log_text',
      'dns_strings',
      'dns_queries',
      'gaps',
      'bundle',
    ];
    const contents: unknown[] = [];
    for (const logStore of [undefined, join(work, 'logs.db')]) {
      const source = await openBundle(big);
      const out = createStore(join(work, `${String(logStore === undefined)}.db`));
      await loadBundle(source, out, { logStore });
      await source.close();
      contents.push(
        tables.map((table) => [
          table,
          out.all(`SELECT * FROM ${table} ORDER BY 1 LIMIT 500`),
          out.get(`SELECT count(*) AS n FROM ${table}`),
        ]),
        out.all("SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name"),
      );
      out.close();
    }
    expect(contents[2]).toEqual(contents[0]);
    expect(contents[3]).toEqual(contents[1]);
    expect(existsSync(join(work, 'logs.db'))).toBe(false);
  });
});
