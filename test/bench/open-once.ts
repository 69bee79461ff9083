/** Opens a bundle as every command does and tells how long it took: `open-once.ts <dist> <bundle> <cache> [fresh]`. */
import { pathToFileURL } from 'node:url';
import type { openAnalysis as Open } from '../../analyze/analysis.ts';

const [, , dist = '', bundle = '', cacheDir = '', how] = process.argv;
const begun = performance.now();
const { openAnalysis } = (await import(pathToFileURL(`${dist}/analyze/analysis.js`).href)) as {
  openAnalysis: typeof Open;
};
const imported = performance.now();
const analysis = await openAnalysis(bundle, { cacheDir, rebuild: how === 'fresh' });
const opened = performance.now();
const lines = analysis.store.get<{ n: number }>('SELECT count(*) AS n FROM log_text')?.n;
const pods = analysis.store.get<{ n: number }>('SELECT count(*) AS n FROM pods')?.n;
analysis.close();
process.stdout.write(
  JSON.stringify({ from: analysis.from, importMs: imported - begun, openMs: opened - imported, pods, lines }),
);
