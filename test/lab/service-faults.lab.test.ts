/** Faults of Services and of what makes their pods, each caused for real in its own namespace, all seen in one capture. */
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { makeNamespace, test } from './fixture.ts';
import { deployment, webServer } from './incidents/incident.ts';
import type { Kube } from './kube.ts';

/** A Deployment `web` of ready servers that declare their port as `http`. */
async function web(
  kube: Kube,
  namespace: string,
  labels: Readonly<Record<string, string>> = { app: 'web' },
): Promise<void> {
  await kube.apply(deployment({ name: 'web', namespace, replicas: 1, labels, container: webServer }));
}

function serviceOf(spec: string): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: ${spec}
`;
}

interface Fault {
  readonly name: string;
  /** Key of the root, without the namespace: `service/target-port:Service/NS/web`. */
  readonly root: string;
  /** It is what stops the Service: it must then be the cause of its empty endpoints. */
  readonly empties: boolean;
  make(kube: Kube, namespace: string): Promise<void>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'a named targetPort with a slip',
    root: 'service/target-port:Service/NS/web',
    empties: true,
    async make(kube, namespace) {
      await kube.apply(serviceOf('{ selector: { app: web }, ports: [{ port: 80, targetPort: htpp }] }'), {
        namespace,
      });
      await web(kube, namespace);
    },
  },
  {
    name: 'a named targetPort for another protocol',
    root: 'service/target-port:Service/NS/web',
    empties: true,
    async make(kube, namespace) {
      await kube.apply(
        serviceOf('{ selector: { app: web }, ports: [{ port: 80, targetPort: http, protocol: UDP }] }'),
        { namespace },
      );
      await web(kube, namespace);
    },
  },
  {
    name: 'a quota that is used up',
    root: 'platform/quota:ResourceQuota/NS/none',
    empties: true,
    async make(kube, namespace) {
      await kube.apply(
        'apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: none }\nspec: { hard: { pods: "0" } }\n',
        { namespace },
      );
      await kube.apply(serviceOf('{ selector: { app: web }, ports: [{ port: 80, targetPort: http }] }'), {
        namespace,
      });
      await web(kube, namespace);
    },
  },
  {
    name: 'a LimitRange that refuses',
    root: 'platform/quota:LimitRange/NS/small',
    empties: true,
    async make(kube, namespace) {
      await kube.apply(
        'apiVersion: v1\nkind: LimitRange\nmetadata: { name: small }\nspec: { limits: [{ type: Pod, min: { memory: 1Gi } }] }\n',
        { namespace },
      );
      await kube.apply(serviceOf('{ selector: { app: web }, ports: [{ port: 80, targetPort: http }] }'), {
        namespace,
      });
      await web(kube, namespace);
    },
  },
  {
    name: 'a ServiceAccount that is not there',
    root: 'platform/admission:Deployment/NS/web',
    empties: true,
    async make(kube, namespace) {
      await kube.apply(serviceOf('{ selector: { app: web }, ports: [{ port: 80 }] }'), { namespace });
      await kube.apply(
        `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      serviceAccountName: nobody-made-it
      containers: [{ name: app, image: lab/busybox:1, imagePullPolicy: Never }]
`,
        { namespace },
      );
    },
  },
  {
    name: 'an ExternalName that is an address',
    root: 'service/wrong-type:Service/NS/web#external-address',
    empties: false,
    async make(kube, namespace) {
      await kube.apply(serviceOf('{ type: ExternalName, externalName: 192.0.2.7 }'), { namespace });
    },
  },
];

test(
  'each fault is the root of what it breaks',
  { timeout: 240_000 },
  async ({ kube, dir, cli, diagnose, onTestFinished }) => {
    const made = FAULTS.map((fault) => ({ ...fault, namespace: `fault-${randomBytes(4).toString('hex')}` }));
    onTestFinished(async () => {
      for (const { namespace } of made) await kube.delete({ kind: 'Namespace', name: namespace });
    });
    await Promise.all(
      made.map(async ({ namespace, make }) => {
        await makeNamespace(kube, namespace);
        await make(kube, namespace);
      }),
    );
    // A Service without endpoints means nothing in its first minute.
    await new Promise((resolve) => setTimeout(resolve, 65_000));
    const file = join(dir, 'faults.tar.gz');
    await cli(['capture', '-o', file, '--quiet', ...made.flatMap(({ namespace }) => ['-n', namespace])]);
    const { verdict } = await diagnose(file);
    expect(verdict.errors).toEqual([]);
    for (const { name, namespace, root, empties } of made) {
      const key = root.replace('NS', namespace);
      const roots = verdict.roots.filter((one) => one.includes(`/${namespace}/`));
      expect([name, roots]).toEqual([name, [key]]);
      const empty = verdict.findings.find(
        (one) => one.key === `service/no-endpoints:Service/${namespace}/web`,
      );
      expect([name, (empty?.causes.length ?? 0) > 0]).toEqual([name, empties]);
    }
  },
);
