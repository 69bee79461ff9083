/** The oldest Kubernetes that today's Go builds, beside the newest: healthy is quiet, and a broken selector is found. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verdictSchema, type Verdict } from '../../analyze/model/verdict.ts';
import { applyLeftBehind, applyServer, readyEndpoints } from './breaking/rollouts.ts';
import { kubernetesVersions } from './build/recipes.ts';
import { labNamed } from './cluster/lab.ts';
import { stateOf } from './cluster/up.ts';
import { contentOf } from './content.ts';
import { makeNamespace } from './fixture.ts';
import { connect, type Kube } from './kube.ts';
import { labCommand } from './lab-command.ts';
import { runCli } from './run-cli.ts';
import { until } from './run.ts';

const lab = labNamed('older');
/** The version is read when the recipes are loaded: it needs a process of its own. */
const older = async (command: 'up' | 'down'): Promise<string> =>
  await labCommand(lab.name, [command], { INQUEST_LAB_KUBERNETES: kubernetesVersions.oldest });

const dir = mkdtempSync(join(tmpdir(), 'inquest-older-'));
const namespace = `older-${randomBytes(3).toString('hex')}`;
let kube: Kube;
let wasThere = false;

beforeAll(async () => {
  wasThere = stateOf(lab)?.phase === 'ready';
  await older('up');
  kube = connect(lab.kubeconfig);
  await makeNamespace(kube, namespace);
  await applyServer(kube, namespace, { name: 'web' });
  await until('web', 60_000, async () => (await readyEndpoints(kube, namespace, 'web')) > 0);
}, 900_000);

afterAll(async () => {
  await kube.delete({ kind: 'Namespace', name: namespace });
  kube.close();
  rmSync(dir, { recursive: true, force: true });
  if (!wasThere) await older('down');
});

async function captured(name: string): Promise<{ verdict: Verdict; file: string }> {
  const file = join(dir, `${name}.tar.gz`);
  const env = { KUBECONFIG: lab.kubeconfig, XDG_CACHE_HOME: dir };
  await runCli(['capture', '-o', file], { env });
  const { stdout } = await runCli(['diagnose', file, '--json'], { env });
  return { verdict: verdictSchema.parse(JSON.parse(stdout)), file };
}

it('is captured whole, and a healthy cluster is quiet', async () => {
  const { verdict, file } = await captured('healthy');
  const { manifest, bodies } = await contentOf(file);
  expect(bodies.get('discovery/version.json')).toContain(`v${kubernetesVersions.oldest}`);
  expect(manifest?.gaps.filter(({ evidence }) => evidence === 'list' || evidence === 'log')).toEqual([]);
  expect(verdict.roots).toEqual([]);
  expect(verdict.errors).toEqual([]);
});

it('and a selector that a rollout left behind is the root', async () => {
  await applyLeftBehind(kube, namespace, 'payment');
  const { verdict } = await captured('broken');
  expect(verdict.roots).toEqual([`service/selector-mismatch:Service/${namespace}/payment`]);
});
