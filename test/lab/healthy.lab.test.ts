/** A healthy cluster gives no finding: twenty captures, five of them in the middle of a rollout. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verdictSchema, type Verdict } from '../../analyze/model/verdict.ts';
import { labNamed } from './cluster/lab.ts';
import { deployment, rolledOut, webServer } from './incidents/incident.ts';
import { connect } from './kube.ts';

const execute = promisify(execFile);
const lab = labNamed();
const kube = connect(lab.kubeconfig);
const work = mkdtempSync(join(tmpdir(), 'inquest-healthy-'));
const NAMESPACE = 'healthy';
const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'web' };

/** What a healthy cluster holds besides servers: work that is done, and work that is parked on purpose. */
const NEIGHBOURS = `
apiVersion: batch/v1
kind: Job
metadata: { name: migrate }
spec:
  template:
    metadata: { labels: { app: web, job: migrate } }
    spec:
      restartPolicy: Never
      containers: [{ name: app, image: lab/busybox:1, imagePullPolicy: Never, command: ["true"] }]
---
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
metadata: { name: outside }
spec: { type: ExternalName, externalName: www.example.com }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web, tier: front }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: v1
kind: Service
metadata: { name: by-hand }
spec: { ports: [{ port: 5432 }] }
`;

beforeAll(async () => {
  const ref = { kind: 'Namespace', name: NAMESPACE };
  await kube.delete(ref);
  await kube.waitGone(ref);
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await kube.apply(NEIGHBOURS, { namespace: NAMESPACE });
  await kube.apply(
    deployment({
      name: 'web',
      namespace: NAMESPACE,
      replicas: 3,
      labels: { app: 'web', tier: 'front' },
      container: webServer,
    }),
  );
  await rolledOut(kube, NAMESPACE, 'web');
}, 180_000);

afterAll(async () => {
  await kube.delete({ kind: 'Namespace', name: NAMESPACE });
  kube.close();
  rmSync(work, { recursive: true, force: true });
});

it.each(Array.from({ length: 20 }, (_, index) => [index + 1, index % 4 === 3] as const))(
  'capture %d stays quiet (during a rollout: %s)',
  async (run, rollout) => {
    if (rollout) await restart();
    const verdict = await captured(join(work, `${run}.tar.gz`));
    expect(
      verdict.findings.filter((finding) => finding.role !== 'advice').map((finding) => finding.key),
    ).toEqual([]);
    expect(verdict.errors).toEqual([]);
    expect(verdict.bundle.end).toBe('complete');
    if (rollout) await rolledOut(kube, NAMESPACE, 'web');
  },
  120_000,
);

/** What `kubectl rollout restart` does. */
async function restart(): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  await kube.patch(WEB, { spec: { template: { metadata: { annotations } } } }, 'strategic');
}

async function captured(file: string): Promise<Verdict> {
  const env = { ...process.env, XDG_CACHE_HOME: work };
  const run = async (...args: string[]): Promise<string> =>
    (await execute(process.execPath, ['dist/src/cli/main.js', ...args], { maxBuffer: 64 << 20, env })).stdout;
  await run('capture', '--kubeconfig', lab.kubeconfig, '-o', file, '--quiet');
  return verdictSchema.parse(JSON.parse(await run('diagnose', file, '--json')));
}
