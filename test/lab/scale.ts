/**
 * 100 pretended nodes and 10,000 pods: a capture beside raw GETs of the same lists and beside `kubectl get --raw` of each,
 * in one run. `node test/lab/scale.ts [pods]`, after `npm run build`; `npm run lab build kubectl` for the last.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verdictSchema } from '../../analyze/model/verdict.ts';
import { builtDir } from './build/recipes.ts';
import { connect } from './kube.ts';
import { fill, scaleCommand, scaleLab, startKwok } from './scale/cluster.ts';
import { captureInto, listPaths, rawLists } from './scale/measure.ts';

const NODES = 100;
const pods = Number(process.argv[2] ?? 10_000);
const LISTS_ONLY = ['--no-logs', '--no-probes'];

const { kubeconfig } = scaleLab;
const dir = mkdtempSync(join(tmpdir(), 'inquest-scale-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

await scaleCommand('build', 'kwok');
await scaleCommand('up');
const kwok = startKwok(join(dir, 'kwok.log'));
const kube = connect(kubeconfig);
try {
  const began = Date.now();
  await fill(kube, { nodes: NODES, pods, timeout: 900_000 });
  say(`${pods} pods on ${NODES} pretended nodes ready after ${Math.round((Date.now() - began) / 1000)} s`);
  const first = join(dir, 'paths.tar.gz');
  await captureInto(first, LISTS_ONLY, { kubeconfig, cache: dir });
  const paths = await listPaths(first);
  for (let turn = 1; turn <= 3; turn += 1) await measure(turn, paths);
} finally {
  kwok.kill();
  kube.close();
  rmSync(dir, { recursive: true, force: true });
  await scaleCommand('down');
}

async function measure(turn: number, paths: readonly string[]): Promise<void> {
  const raw = await rawLists(paths, kubeconfig);
  say(
    `${turn}: raw GETs of ${paths.length} lists over one connection: ${raw.ms} ms, ${mb(raw.bytes)} unpacked, ${mb(raw.wire)} over the wire`,
  );
  const kubectlMs = kubectlLists(paths);
  if (kubectlMs !== undefined) say(`${turn}: kubectl get --raw of each: ${Math.round(kubectlMs)} ms`);
  for (const flags of [LISTS_ONLY, []]) {
    const file = join(dir, `capture-${turn}.tar.gz`);
    const one = await captureInto(file, flags, { kubeconfig, cache: dir });
    const times = (ms: number): string => (one.listsMs / ms).toFixed(1);
    say(
      `${turn}: capture ${flags.join(' ')}: all lists after ${Math.round(one.listsMs)} ms (${times(raw.ms)} times the GETs${kubectlMs === undefined ? '' : `, ${times(kubectlMs)} times kubectl`}), ` +
        `the file after ${Math.round(one.ms)} ms, ${mb(statSync(file).size)}; peak memory ${mb(one.peak)}, with the verdict ${mb(one.peakWithVerdict)};${one.requests}`,
    );
    say(`${turn}: found: ${found(file)}`);
    rmSync(file);
  }
}

/** All pods are well: whatever is found is a false alarm. */
function found(file: string): string {
  const main = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'main.js');
  const verdict = verdictSchema.parse(
    JSON.parse(
      execFileSync(process.execPath, [main, 'diagnose', file, '--json'], {
        encoding: 'utf8',
        env: { ...process.env, XDG_CACHE_HOME: dir },
        maxBuffer: 1 << 30,
      }),
    ),
  );
  return verdict.findings.map(({ key }) => key).join(', ') || 'nothing';
}

function kubectlLists(paths: readonly string[]): number | undefined {
  const kubectl = join(builtDir('kubectl'), 'kubectl');
  if (!existsSync(kubectl)) return undefined;
  const began = performance.now();
  for (const path of paths)
    execFileSync(kubectl, ['--kubeconfig', kubeconfig, 'get', '--raw', path], {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 30,
    });
  return performance.now() - began;
}
