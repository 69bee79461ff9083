/** A healthy cluster gives no finding: twenty captures, five of them in the middle of a rollout, and those that see little. */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { makeUser } from './breaking/users.ts';
import { makeNamespace, test as base } from './fixture.ts';
import { deployment, rolledOut, webServer } from './incidents/incident.ts';
import type { Kube } from './kube.ts';

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
metadata: { name: parked }
spec: { selector: { app: parked }, ports: [{ port: 80 }] }
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

/** A namespace in which all is well, for the whole file. */
const test = base.extend('home', { scope: 'file' }, async ({ kube }, { onCleanup }) => {
  const home = `healthy-${Date.now().toString(36)}`;
  onCleanup(async () => await kube.delete({ kind: 'Namespace', name: home }));
  await makeNamespace(kube, home);
  await kube.apply(NEIGHBOURS, { namespace: home });
  const labels = { app: 'web', tier: 'front' };
  await kube.apply(deployment({ name: 'web', namespace: home, replicas: 3, labels, container: webServer }));
  await rolledOut(kube, home, 'web');
  return home;
});

function alarms(verdict: Verdict): string[] {
  return verdict.findings.filter((finding) => finding.role !== 'advice').map((finding) => finding.key);
}

/** How many Services were judged, and found well. */
function passed(verdict: Verdict): number {
  return verdict.checks.find(({ id }) => id === 'service/no-endpoints')?.passed ?? 0;
}

test.for(Array.from({ length: 20 }, (_, index) => [index + 1, index % 4 === 3] as const))(
  'capture %d stays quiet (during a rollout: %s)',
  async ([, rollout], { kube, home, dir, cli, diagnose }) => {
    if (rollout) await restart(kube, home);
    const file = join(dir, 'healthy.tar.gz');
    await cli(['capture', '-o', file, '--quiet']);
    const { verdict } = await diagnose(file);
    expect(alarms(verdict)).toEqual([]);
    expect(verdict.errors).toEqual([]);
    expect(verdict.bundle.end).toBe('complete');
    expect(passed(verdict)).toBeGreaterThanOrEqual(3);
    if (rollout) await rolledOut(kube, home, 'web');
  },
);

test('a capture of one namespace stays quiet', async ({ home, dir, cli, diagnose }) => {
  const file = join(dir, 'one.tar.gz');
  await cli(['capture', '-n', home, '-o', file, '--quiet']);
  const { verdict } = await diagnose(file);
  expect(alarms(verdict)).toEqual([]);
  expect(passed(verdict)).toBeGreaterThanOrEqual(2);
});

test.for([
  { may: ['pods', 'services'] },
  { may: ['services', 'endpointslices'] },
  { may: ['pods', 'services', 'endpointslices'] },
  { may: ['pods', 'services', 'endpointslices', 'deployments', 'replicasets'] },
])(
  'a user who may list only $may stays quiet',
  async ({ may }, { kube, kubeconfig, home, dir, cli, diagnose }) => {
    const poor = await makeUser(kube, kubeconfig, dir, home, {
      name: `lists-${may.join('-')}`,
      rules: [{ apiGroups: ['', 'apps', 'discovery.k8s.io'], resources: may, verbs: ['list'] }],
    });
    const file = join(dir, 'poor.tar.gz');
    await cli(['capture', '--kubeconfig', poor, '-o', file, '--quiet']);
    const { verdict } = await diagnose(file);
    expect(alarms(verdict)).toEqual([]);
    expect(verdict.errors).toEqual([]);
    expect(verdict.unknown).not.toEqual([]);
  },
);

/** What `kubectl rollout restart` does. */
async function restart(kube: Kube, namespace: string): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };
  await kube.patch(web, { spec: { template: { metadata: { annotations } } } }, 'strategic');
}
