// 100 pretended nodes and 10,000 pods: a capture beside raw GETs of the same lists, in one run. `node test/lab/scale.ts [pods]`
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, get, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { openConnection } from '../../capture/client.ts';
import { chooseContext } from '../../capture/kubeconfig.ts';
import { openBundle } from '../../src/bundle/reader.ts';
import { builtDir } from './build/recipes.ts';
import { labNamed } from './cluster/lab.ts';
import { connect, type Kube } from './kube.ts';
import { run } from './run.ts';

const NODES = 100;
const wanted = Number(process.argv[2] ?? 10_000);
/** Whatever is there after so long is measured. */
const MOST_MS = 420_000;
const STAGES = ['pod/fast', 'node/fast', 'node/heartbeat-with-lease'];

const lab = labNamed('scale');
const env = { INQUEST_LAB: lab.name, INQUEST_LAB_SCALE: '1' };
const cli = join(import.meta.dirname, 'cli.ts');
const root = join(import.meta.dirname, '..', '..');
const dir = mkdtempSync(join(tmpdir(), 'inquest-scale-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await run(process.execPath, [cli, 'build', 'kwok'], { env });
await run(process.execPath, [cli, 'up'], { env });
const kube = connect(lab.kubeconfig);
const kwok = startKwok(await kwokStages());
try {
  await fill(kube);
  const raw = await rawLists();
  say(
    `raw lists, one after another: ${raw.kinds} kinds, ${raw.ms} ms, ${mb(raw.bytes)} unpacked, ${mb(raw.wire)} over the wire`,
  );
  for (let turn = 1; turn <= 2; turn += 1) say(await measured(turn, raw.ms));
} finally {
  kwok.kill();
  kube.close();
  rmSync(dir, { recursive: true, force: true });
  await run(process.execPath, [cli, 'down'], { env });
}

/** One file of the stages that kwok's module brings. */
async function kwokStages(): Promise<string> {
  const modules = (await run('go', ['env', 'GOMODCACHE'])).trim();
  const version = /kwok-(v[\d.]+)-/.exec(builtDir('kwok'))?.[1] ?? '';
  const base = join(modules, 'sigs.k8s.io', `kwok@${version}`, 'kustomize', 'stage');
  const files = await run(
    'find',
    STAGES.map((stage) => join(base, stage)).concat('-name', '*.yaml', '-not', '-name', 'kustomization.yaml'),
  );
  const file = join(dir, 'stages.yaml');
  writeFileSync(
    file,
    files
      .trim()
      .split('\n')
      .map((name) => readFileSync(name, 'utf8'))
      .join('\n---\n'),
  );
  return file;
}

function startKwok(stages: string) {
  const args = [
    `--kubeconfig=${lab.kubeconfig}`,
    `--config=${stages}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
  ];
  const log = join(dir, 'kwok.log');
  return spawn('sh', ['-c', `exec ${join(builtDir('kwok'), 'kwok')} ${args.join(' ')} >${log} 2>&1`], {
    stdio: 'ignore',
  });
}

async function fill(on: Kube): Promise<void> {
  for (let index = 0; index < NODES; index += 1) await on.create(fakeNode(`fake-${index}`));
  await on.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'scale' } });
  for (let index = 0; index < wanted / 100; index += 1) await on.create(deployment(`web-${index}`));
  const began = Date.now();
  let ready = 0;
  while (ready < wanted && Date.now() - began < MOST_MS) {
    await sleep(5000);
    const deployments = await on.list({ kind: 'Deployment', namespace: 'scale' });
    ready = deployments.reduce(
      (sum, { status }) =>
        sum + (Number((status as { readyReplicas?: number } | undefined)?.readyReplicas) || 0),
      0,
    );
    process.stderr.write(`${ready} pods ready after ${Math.round((Date.now() - began) / 1000)} s\n`);
  }
  say(`${ready} pods on ${NODES} pretended nodes after ${Math.round((Date.now() - began) / 1000)} s`);
}

function fakeNode(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { type: 'kwok', 'kubernetes.io/hostname': name },
    },
    spec: { taints: [{ key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }] },
    status: {
      allocatable: { cpu: '32', memory: '256Gi', pods: '250' },
      capacity: { cpu: '32', memory: '256Gi', pods: '250' },
    },
  };
}

function deployment(name: string) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'scale' },
    spec: {
      replicas: 100,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { type: 'kwok' },
          tolerations: [{ key: 'kwok.x-k8s.io/node', operator: 'Exists' }],
          containers: [{ name: 'app', image: 'example.com/app:1', ports: [{ containerPort: 8080 }] }],
        },
      },
    },
  };
}

/** What `kubectl get --raw` of every list costs, in one process over one connection: the limit. */
async function rawLists() {
  const connection = await openConnection(chooseContext({ kubeconfig: lab.kubeconfig, context: undefined }));
  const { tls } = await connection.settings();
  connection.close();
  const options: RequestOptions = {
    ...tls,
    agent: new Agent({ keepAlive: true, maxSockets: 1 }),
    headers: { 'accept-encoding': 'gzip' },
  };
  const paths = await listPaths();
  const began = performance.now();
  let bytes = 0;
  let wire = 0;
  for (const path of paths) {
    const one = await fetched(new URL(path, connection.server), options);
    bytes += one.bytes;
    wire += one.wire;
  }
  return { kinds: paths.length, ms: Math.round(performance.now() - began), bytes, wire };
}

async function fetched(url: URL, options: RequestOptions): Promise<{ bytes: number; wire: number }> {
  return await new Promise((resolve, reject) => {
    get(url, options, (response) => {
      const tally = { bytes: 0, wire: 0 };
      response.on('data', (chunk: Buffer) => (tally.wire += chunk.length));
      const body = response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip()) : response;
      body.on('data', (chunk: Buffer) => (tally.bytes += chunk.length));
      body.on('end', () => resolve(tally));
      body.on('error', reject);
    }).on('error', reject);
  });
}

/** The lists that a capture asks for, read off one. */
async function listPaths(): Promise<string[]> {
  const file = join(dir, 'paths.tar.gz');
  await captureInto(file);
  const bundle = await openBundle(file);
  const paths: string[] = [];
  for await (const entry of bundle.entries()) {
    const [, group, version, plural] =
      /^resources\/([^/]+)\/([^/]+)\/([^/]+)\/list\.json$/.exec(entry.path) ?? [];
    if (plural !== undefined)
      paths.push(group === 'core' ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`);
  }
  await bundle.close();
  return paths;
}

/** Runs the product without logs and probes; the peak of its memory, and when its lists had come. */
async function captureInto(
  file: string,
): Promise<{ ms: number; listsMs: number; peak: number; requests: string }> {
  const main = join(root, 'dist', 'src', 'cli', 'main.js');
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [main, 'capture', '--no-logs', '--no-probes', '--json', '-o', file, '--kubeconfig', lab.kubeconfig],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, XDG_CACHE_HOME: dir },
    },
  );
  const done = { listsMs: 0, endMs: 0, peak: 0, requests: '' };
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event: { event?: string; id?: string; state?: string; requests?: unknown } = JSON.parse(line);
      if (event.state === 'ended' && ['events', 'paths', 'resources'].includes(event.id ?? '')) {
        done.listsMs = performance.now() - began;
        done.requests += ` ${event.id} ${JSON.stringify(event.requests)}`;
      }
      if (event.event === 'ended') done.endMs = performance.now() - began;
    }
  });
  const watch = setInterval(() => {
    // After its end the process goes on to judge the file, which has a bound of its own.
    if (done.endMs === 0) done.peak = Math.max(done.peak, peakOf(child.pid));
  }, 50);
  await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  return { ms: done.endMs, listsMs: done.listsMs, peak: done.peak, requests: done.requests };
}

function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function measured(turn: number, rawMs: number): Promise<string> {
  const file = join(dir, `capture-${turn}.tar.gz`);
  const { ms, listsMs, peak, requests } = await captureInto(file);
  return (
    `capture ${turn}: all lists after ${Math.round(listsMs)} ms from the start of the program (${(listsMs / rawMs).toFixed(1)} times the raw lists), ` +
    `ended after ${Math.round(ms)} ms, peak memory ${mb(peak)}, file ${mb(statSync(file).size)};${requests}`
  );
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
