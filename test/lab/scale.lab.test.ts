/** 5,000 pods that are well: captured in bounded memory, and nothing is found wrong with any of them. */
import { type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verdictSchema } from '../../analyze/model/verdict.ts';
import { contentOf } from './content.ts';
import { connect, type Kube } from './kube.ts';
import { runCli } from './run-cli.ts';
import { fill, scaleCommand, NAMESPACE, scaleLab, startKwok } from './scale/cluster.ts';
import { captureInto } from './scale/measure.ts';

const PODS = 5000;
const NODES = 50;
const MINUTE = 60_000;
/** It takes two or three minutes alone on the machine. */
const PATIENCE = 20 * MINUTE;
const MOST_MEMORY = 300e6;

const { kubeconfig } = scaleLab;
const dir = mkdtempSync(join(tmpdir(), 'inquest-scale-'));
let kwok: ChildProcess | undefined;
let kube: Kube | undefined;

beforeAll(
  async () => {
    await scaleCommand('build', 'kwok');
    // Pods of a run that was killed would be in the way.
    await scaleCommand('down');
    await scaleCommand('up');
    kwok = startKwok(join(dir, 'kwok.log'));
    kube = connect(kubeconfig);
    await fill(kube, { nodes: NODES, pods: PODS, timeout: PATIENCE });
  },
  PATIENCE + 15 * MINUTE,
);

afterAll(async () => {
  kwok?.kill();
  kube?.close();
  rmSync(dir, { recursive: true, force: true });
  await scaleCommand('down');
}, 5 * MINUTE);

it(
  'a capture of 5,000 pods holds them all in bounded memory, and its verdict has no finding',
  async () => {
    const file = join(dir, 'scale.tar.gz');
    const { peak } = await captureInto(file, ['--no-logs', '--no-probes', '--timeout', '5m'], {
      kubeconfig,
      cache: dir,
    });
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(MOST_MEMORY);

    const { manifest, bodies } = await contentOf(file);
    expect(manifest?.gaps.filter(({ evidence }) => evidence === 'list')).toEqual([]);
    const pods = [...bodies]
      .filter(([path]) => path.startsWith('resources/core/v1/pods/') && path.endsWith('.ndjson'))
      .flatMap(([, text]) => text.split('\n').filter((line) => line.includes(`"namespace":"${NAMESPACE}"`)));
    expect(pods).toHaveLength(PODS);

    const env = { KUBECONFIG: kubeconfig, XDG_CACHE_HOME: dir };
    const { stdout } = await runCli(['diagnose', file, '--json'], { env, timeout: 5 * MINUTE });
    const verdict = verdictSchema.parse(JSON.parse(stdout));
    expect(verdict.errors).toEqual([]);
    expect(verdict.findings.map(({ key }) => key)).toEqual([]);
    expect(verdict.roots).toEqual([]);
  },
  15 * MINUTE,
);
