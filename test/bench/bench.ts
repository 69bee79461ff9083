/**
 * `npm run bench [-- --json] [-- --quick]`: how fast bundles load and open again, and how much memory that takes, next
 * to plain tools in the same run. Timing is never a test; this only prints.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteImport, untar } from './baseline.ts';
import { generateBundle } from './generate-bundle.ts';
import { keyToFrame } from './key-to-frame.ts';
import { measure, median, type Measured } from './measure.ts';

interface Row {
  readonly what: string;
  readonly of: string;
  readonly ms: number | undefined;
  readonly mb: number | undefined;
  /** What DESIGN.md allows. */
  readonly budget: string;
}

const root = new URL('../..', import.meta.url).pathname;
const dist = join(root, 'dist');
const main = join(dist, 'src', 'cli', 'main.js');
const openOnce = join(root, 'test', 'bench', 'open-once.ts');
const everyCheck = join(root, 'test', 'bench', 'every-check.ts');
const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');

const SIZES = [
  { name: '5,000 pods, 100,000 lines', pods: 5000, logLines: 100_000, budget: '' },
  ...(quick
    ? []
    : [
        {
          name: '50,000 pods, 1,000,000 lines',
          pods: 50_000,
          logLines: 1_000_000,
          budget: '7500 ms, 400 MB',
        },
      ]),
];

const work = mkdtempSync(join(tmpdir(), 'inquest-bench-'));
const rows: Row[] = [];
try {
  await startTime();
  for (const size of SIZES) await benchSize(size);
  for (const size of SIZES) await benchChecks(size.pods);
  await keyTimes();
} finally {
  rmSync(work, { recursive: true, force: true });
}
print();

function add(what: string, of: string, measured: Partial<Measured> | undefined, budget = ''): void {
  rows.push({ what, of, ms: measured?.ms, mb: measured?.mb, budget });
}

async function startTime(): Promise<void> {
  add('inquest --help', '', await median(5, () => measure(process.execPath, [main, '--help'])), '150 ms');
  add('node -e 0 (baseline)', '', await median(5, () => measure(process.execPath, ['-e', '0'])));
}

async function keyTimes(): Promise<void> {
  process.stderr.write('pressing keys …\n');
  for (const { columns, rows: height, over, p50, p95 } of await keyToFrame()) {
    const of = `${columns}×${height} over ${over.toLocaleString('en')} rows`;
    add('key to frame, p50', of, { ms: p50 });
    add('key to frame, p95', of, { ms: p95 }, '16 ms');
  }
}

async function benchSize(size: (typeof SIZES)[number]): Promise<void> {
  const bundle = join(work, 'bundle.tar.gz');
  rmSync(bundle, { force: true });
  process.stderr.write(`making ${size.name} …\n`);
  const bytes = await generateBundle(bundle, size);
  const of = `${size.name} (${Math.round(bytes / 1e6)} MB)`;
  const open = (how: string): Promise<Measured> =>
    measure(process.execPath, [openOnce, dist, bundle, join(work, 'cache'), how]);
  process.stderr.write('measuring …\n');
  const fresh = await median(3, () => open('fresh'));
  add('load and judge', of, fresh, size.budget);
  const again = await median(5, () => open('again'));
  add('open again', of, again, '300 ms');
  const { openMs } = JSON.parse(again.stdout) as { openMs: number };
  add('  of it after imports', of, { ms: openMs });
  const sql = 'SELECT rcode, count(*) FROM dns_log GROUP BY 1';
  add(
    'inquest query, all DNS lines',
    of,
    await median(3, () =>
      measure(process.execPath, [main, 'query', bundle, sql], { XDG_CACHE_HOME: join(work, 'xdg') }),
    ),
  );
  const unpacked = join(work, 'unpacked');
  const tar = await median(3, () => untar(bundle, unpacked));
  add('tar xzf (baseline)', of, tar);
  const imported = await sqliteImport(unpacked, work);
  add(
    imported === undefined ? 'sqlite3 .import: no sqlite3 here' : 'sqlite3 .import of it (baseline)',
    of,
    imported,
  );
  rmSync(unpacked, { recursive: true, force: true });
}

/** Every check by itself, over a cluster in which all kinds are there: healthy, and with a fifth of its Services broken. */
async function benchChecks(pods: number): Promise<void> {
  for (const [brokenEvery, state] of [
    [0, 'healthy'],
    [5, 'a fifth broken'],
  ] as const) {
    const of = `${pods.toLocaleString('en')} pods, ${state}`;
    process.stderr.write(`making ${of} …\n`);
    const store = join(work, `checks-${brokenEvery}.db`);
    rmSync(store, { force: true });
    const make = ['--max-old-space-size=8000', everyCheck, 'make', store, String(pods), String(brokenEvery)];
    await measure(process.execPath, make);
    const { mb, stdout } = await median(3, () =>
      measure(process.execPath, [everyCheck, 'time', dist, store]),
    );
    const { checksMs, checksCpuMs, verdictMs, each } = JSON.parse(stdout) as EveryCheck;
    add('every check', of, { ms: checksMs, mb }, pods === 50_000 ? '5000 ms' : '');
    add("  of it the processor's", of, { ms: checksCpuMs });
    const [slowest] = each.toSorted((a, b) => b.ms - a.ms);
    if (slowest !== undefined) add(`  slowest: ${slowest.id}`, of, { ms: slowest.ms });
    add('every check, causes and verdict', of, { ms: verdictMs });
    rmSync(store, { force: true });
  }
}

interface EveryCheck {
  readonly checksMs: number;
  readonly checksCpuMs: number;
  readonly verdictMs: number;
  readonly each: ReadonlyArray<{ readonly id: string; readonly ms: number }>;
}

function print(): void {
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ node: process.version, load: loadavg(), rows }, undefined, 2)}\n`,
    );
    return;
  }
  const cells = rows.map((row) => [
    row.what,
    row.of,
    row.ms === undefined ? '' : `${row.ms < 100 ? row.ms.toFixed(1) : Math.round(row.ms)} ms`,
    row.mb === undefined ? '' : `${row.mb} MB`,
    row.budget,
  ]);
  const head = ['what', 'of', 'time', 'peak memory', 'allowed'];
  const widths = head.map((text, index) =>
    Math.max(text.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  for (const row of [head, ...cells]) {
    process.stdout.write(
      `${row
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
  process.stdout.write(`Medians; ${process.version}, machine load ${loadavg()[0]?.toFixed(1)} at the end.\n`);
}
