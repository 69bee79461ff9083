// Admission that stands in the way: webhooks with a server of every kind behind them, and policies.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeError, type Kube, type KubeObject } from '../kube.ts';
import { run, until } from '../run.ts';

/** All webhooks of tests have this name, as copies of one chart have: only what they take tells them apart. */
export const WEBHOOK = 'guard.example.com';

export interface WebhookOptions {
  /** The CA that the API server trusts, PEM. */
  ca?: string;
  path?: string;
  /** Of the Service `hook`. */
  service?: string;
}

/** A webhook that must be asked about every pod of the namespace but its own; its configuration has the namespace's name. */
export async function guard(kube: Kube, namespace: string, options: WebhookOptions = {}): Promise<void> {
  const { ca, path = '/always-deny', service = 'hook' } = options;
  const caBundle = ca === undefined ? {} : { caBundle: Buffer.from(ca).toString('base64') };
  await kube.apply({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: namespace },
    webhooks: [
      {
        name: WEBHOOK,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
        clientConfig: { service: { namespace, name: service, path, port: 443 }, ...caBundle },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        objectSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['hook', 'hooks'] }] },
      },
    ],
  });
}

/** Ends a webhook; nothing refuses after that. */
export async function unguard(kube: Kube, namespace: string): Promise<void> {
  await kube.delete({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    name: namespace,
  });
}

/** The API server follows its own configuration after a moment: waits until it refuses a pod, on trial. */
export async function whenRefused(kube: Kube, namespace: string): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'trial', namespace, labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'lab/busybox:1', imagePullPolicy: 'Never' }] },
  };
  await until(`refusal in ${namespace}`, 60_000, async () => {
    try {
      await kube.call('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
        body: JSON.stringify(pod),
      });
      return false;
    } catch (error) {
      if (error instanceof KubeError) return true;
      throw error;
    }
  });
}

/** A key and a certificate of its own making for a host, PEM. */
export async function servingCertificate(host: string): Promise<{ certificate: string; key: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'inquest-lab-certificate-'));
  try {
    const [keyFile, certificateFile] = [join(dir, 'tls.key'), join(dir, 'tls.crt')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
    const subject = ['-subj', `/CN=${host.slice(0, 60)}`, '-addext', `subjectAltName=DNS:${host}`];
    await run('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', keyFile, '-out', certificateFile]);
    return { certificate: await readFile(certificateFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Deployment and Service `hook`, which serve admission reviews with this certificate. */
export function hookServer(namespace: string, tls: { certificate: string; key: string }): KubeObject[] {
  const labels = { app: 'hook' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hook', namespace },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': tls.certificate, 'tls.key': tls.key },
    },
    hookService(namespace, labels, 8444),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'hook', namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'app',
                image: 'lab/agnhost:1',
                imagePullPolicy: 'Never',
                args: [
                  'webhook',
                  '--port=8444',
                  '--tls-cert-file=/tls/tls.crt',
                  '--tls-private-key-file=/tls/tls.key',
                ],
                ports: [{ containerPort: 8444 }],
                readinessProbe: { tcpSocket: { port: 8444 } },
                volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
              },
            ],
            volumes: [{ name: 'tls', secret: { secretName: 'hook' } }],
          },
        },
      },
    },
  ];
}

export function hookService(
  namespace: string,
  selector: Readonly<Record<string, string>>,
  targetPort: number,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hook', namespace },
    spec: { selector, ports: [{ port: 443, targetPort }] },
  };
}
