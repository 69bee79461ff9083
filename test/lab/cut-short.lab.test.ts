/** A capture cut short tells less and never something false: killed, hung or without a node, in a namespace of each kind of Service. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { badLine, hangApi, resumeApi } from './breaking/api-server.ts';
import { startNode, stopNode, waitNode } from './breaking/nodes.ts';
import { applyLeftBehind, applyServer } from './breaking/rollouts.ts';
import { labNamed } from './cluster/lab.ts';
import { contentOf } from './content.ts';
import { makeNamespace, test as base } from './fixture.ts';
import { whenSaid } from './run-cli.ts';

/** Parked on purpose: no pod, no endpoint, nobody who depends on it. */
const PARKED = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: parked }
spec:
  replicas: 0
  selector: { matchLabels: { app: parked } }
  template:
    metadata: { labels: { app: parked } }
    spec: { containers: [{ name: app, image: lab/busybox:1, imagePullPolicy: Never }] }
---
apiVersion: v1
kind: Service
metadata: { name: parked }
spec: { selector: { app: parked }, ports: [{ port: 80 }] }
`;

/** A namespace with three Services: `web` is well, `parked` has nothing on purpose, `payment` lost its pods to a rollout. */
const test = base.extend('stage', { scope: 'file' }, async ({ kube }, { onCleanup }) => {
  const stage = `stage-${Date.now().toString(36)}`;
  onCleanup(async () => await kube.delete({ kind: 'Namespace', name: stage }));
  await makeNamespace(kube, stage);
  await kube.apply(PARKED, { namespace: stage });
  await applyServer(kube, stage, { name: 'web', nodeName: 'node-2' });
  await applyLeftBehind(kube, stage, 'payment');
  return stage;
});

const causeIn = (stage: string): string => `service/selector-mismatch:Service/${stage}/payment`;

/** Whatever is found must be true: of the three only `payment` is broken, and only its selector is to blame. */
function expectNothingFalse(verdict: Verdict, stage: string): void {
  const cause = causeIn(stage);
  const found = verdict.findings.filter(({ role }) => role !== 'advice').map(({ key }) => key);
  expect(
    found.filter((key) => key !== cause && key !== `service/no-endpoints:Service/${stage}/payment`),
  ).toEqual([]);
  expect(verdict.roots.filter((key) => key !== cause)).toEqual([]);
  expect(verdict.errors).toEqual([]);
  // Unless the fault itself was found, no layer of its path may look well that carries the fault.
  const path = verdict.paths.find(({ service }) => service === `${stage}/payment`);
  expect([undefined, 'fail', 'unknown']).toContain(path?.layers.service);
}

function expectWhole(verdict: Verdict, stage: string): void {
  expectNothingFalse(verdict, stage);
  expect([verdict.bundle.end, verdict.roots]).toEqual(['complete', [causeIn(stage)]]);
}

describe('killed in the middle', () => {
  test.for([
    ['Cluster ', 1200],
    ['✓ Events', 0],
    ['✓ Events', 1200],
    ['✓ EndpointSlices', 0],
    ['✓ EndpointSlices', 1200],
    ['✓ logs of containers', 0],
    ['✓ all other objects', 0],
    ['✓ all other objects', 1200],
  ] as const)('%j and %d ms later', async ([moment, later], { stage, kubeconfig, dir, cli, diagnose }) => {
    // Nothing passes any more, so that it does not come to its end before it is killed.
    const line = await badLine(kubeconfig, dir);
    const file = join(dir, 'killed.tar.gz');
    const result = await cli(['capture', '--kubeconfig', line.kubeconfig, '-o', file], {
      onStart: (child) =>
        whenSaid(child, moment, () => {
          line.hang();
          setTimeout(() => child.kill('SIGKILL'), later);
        }),
    });
    await line.close();
    expect(result.signal).toBe('SIGKILL');
    const left = readdirSync(dir).find((name) => name.includes('.partial'));
    // On a slow machine the last kill comes after the end.
    if (left === undefined && moment === '✓ all other objects') {
      expectWhole((await diagnose(file)).verdict, stage);
      return;
    }
    const { verdict } = await diagnose(join(dir, left ?? ''));
    expect(verdict.bundle.end).toBe('cut');
    expectNothingFalse(verdict, stage);
    // Either something is missing and named, or all that the fault takes had arrived.
    const told = verdict.unknown.length > 0 || verdict.roots.includes(causeIn(stage));
    expect(told).toBe(true);
    const { stdout } = await cli(['diagnose', join(dir, left ?? '')]);
    expect(stdout).toMatch(/\b(cut|interrupted)\b/i);
  });
});

describe('hung in the middle', () => {
  afterEach(async () => await resumeApi(labNamed()));

  test.for(['Cluster ', '✓ Events', '✓ EndpointSlices', '✓ logs of containers', '✓ all other objects'])(
    'nothing passes after %j',
    async (moment, { stage, kubeconfig, dir, cli, diagnose }) => {
      const line = await badLine(kubeconfig, dir);
      const file = join(dir, 'hung.tar.gz');
      await cli(['capture', '--kubeconfig', line.kubeconfig, '-o', file, '--timeout', '8s'], {
        onStart: (child) => whenSaid(child, moment, () => line.hang()),
      });
      await line.close();
      const { verdict } = await diagnose(file);
      expectNothingFalse(verdict, stage);
      expect(verdict.gaps).not.toEqual([]);
    },
  );

  test('the API server itself', async ({ stage, lab, dir, cli, diagnose }) => {
    const file = join(dir, 'hung.tar.gz');
    await cli(['capture', '-o', file, '--timeout', '6s'], {
      onStart: (child) => whenSaid(child, '✓ EndpointSlices', () => hangApi(lab)),
    });
    await resumeApi(lab);
    const { verdict } = await diagnose(file);
    expect(verdict.bundle.end).toBe('deadline');
    expectNothingFalse(verdict, stage);
    expect(verdict.gaps).not.toEqual([]);
  });
});

test('a node that freezes while its logs are read costs its own logs only', async ({
  stage,
  lab,
  kube,
  dir,
  cli,
  diagnose,
}) => {
  const file = join(dir, 'frozen.tar.gz');
  try {
    let frozen: Promise<void> | undefined;
    await cli(['capture', '-o', file, '--timeout', '15s'], {
      onStart: (child) =>
        whenSaid(child, '✓ EndpointSlices', () => {
          frozen = stopNode(lab, 'node-2', 'frozen');
        }),
    });
    await frozen;
    const { manifest, bodies, ms } = await contentOf(file);
    expect(ms).toBeLessThan(17_000);
    const gaps = manifest?.gaps.map(({ key }) => key) ?? [];
    expect(gaps.filter((key) => key.startsWith('list:'))).toEqual([]);
    const pods = await kube.list({ kind: 'Pod', namespace: stage });
    const without = pods
      .map(({ metadata }) => metadata.name)
      .filter((pod) => !bodies.has(`logs/${stage}/${pod}/app.log`))
      .filter((pod) => !gaps.includes(`log:${stage}/${pod}/app`) && !gaps.includes(`log:${stage}`));
    expect(without).toEqual([]);
    expect(gaps.filter((key) => key.startsWith('node:node-2/'))).not.toEqual([]);
    const { verdict } = await diagnose(file);
    expectNothingFalse(verdict, stage);
    expect(verdict.roots).toEqual([causeIn(stage)]);
  } finally {
    await startNode(lab, 'node-2');
    await waitNode(kube, 'node-2', true);
  }
});
