/** A NodeLocal DNS cache, asked from inside a pod of its node: answers, a closed port, and the gap without --allow-exec. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ProbeResult } from '../../src/bundle/format.ts';
import { addLocalAddress, removeLocalAddress } from './breaking/addresses.ts';
import { contentOf, resultsIn } from './content.ts';
import { makeNamespace, test } from './fixture.ts';
import { hasCondition, type Kube } from './kube.ts';

const NODE = 'node-1';
const ADDRESS = '169.254.20.10';
const OWN = `kubernetes.default.svc.cluster.local@${ADDRESS}`;

/** Stands in for node-cache: CoreDNS on the host's network, bound to the node's own address, before cluster DNS. */
const corefile = `.:53 {
    bind ${ADDRESS}
    errors
    forward . 10.96.0.10 {
        force_tcp
    }
}
`;

async function makeCache(kube: Kube, namespace: string): Promise<void> {
  const metadata = { name: 'node-local-dns', namespace };
  await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } });
  await kube.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, labels: { 'k8s-app': 'node-local-dns' } },
    spec: {
      nodeName: NODE,
      hostNetwork: true,
      dnsPolicy: 'Default',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'node-cache',
          image: 'lab/coredns:1',
          imagePullPolicy: 'Never',
          args: ['-conf', '/etc/coredns/Corefile'],
          volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
          readinessProbe: { tcpSocket: { host: ADDRESS, port: 53 }, periodSeconds: 1, failureThreshold: 300 },
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'node-local-dns' } }],
    },
  });
  await ready(kube, namespace, 'node-local-dns');
}

/** A pod whose resolver names the cache first, as the kubelet's clusterDNS makes it, behind a Service: it is looked into. */
async function makeClient(kube: Kube, namespace: string): Promise<void> {
  const metadata = { name: 'client', namespace, labels: { app: 'client' } };
  await kube.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'client', namespace },
    spec: { selector: { app: 'client' }, ports: [{ port: 80 }] },
  });
  const searches = [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'];
  await kube.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      nodeName: NODE,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: [ADDRESS], searches },
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'main', image: 'lab/busybox:1', imagePullPolicy: 'Never', command: ['sleep', '3600'] },
      ],
    },
  });
  await ready(kube, namespace, 'client');
}

async function ready(kube: Kube, namespace: string, name: string): Promise<void> {
  await kube.waitFor({ kind: 'Pod', namespace, name }, (pod) => hasCondition(pod, 'Ready'), {
    timeout: 120_000,
  });
}

const ofCache = (file: string): ProbeResult[] =>
  resultsIn(file, 'dns').filter(({ to }) => to.endsWith(`@${ADDRESS}`));

describe('a NodeLocal cache', () => {
  test('is asked from inside its node; without --allow-exec it is a gap; gone, its port is refused', async ({
    kube,
    lab,
    namespace,
    dir,
    cli,
  }) => {
    const caches = `${namespace}-caches`;
    await addLocalAddress(lab, NODE, ADDRESS);
    try {
      await makeNamespace(kube, caches);
      await makeCache(kube, caches);
      await makeClient(kube, namespace);
      const capture = async (name: string, ...flags: string[]): Promise<string> => {
        const file = join(dir, `${name}.tar.gz`);
        expect(await cli(['capture', '-o', file, '--timeout', '180s', ...flags])).toMatchObject({ code: 0 });
        return file;
      };

      // With its own pod in the capture: from there, where no policy stands between.
      const own = ofCache(await capture('own', '-n', caches, '--allow-exec'));
      expect(own.find(({ to }) => to === `dns/${OWN}`)).toMatchObject({
        from: `pod/${caches}/node-local-dns`,
        outcome: 'ok',
        detail: {
          server: { namespace: caches, pod: 'node-local-dns', node: NODE, address: ADDRESS },
          rcode: 'NOERROR',
          way: expect.stringMatching(/\w/),
        },
      });
      const told = own.map(({ detail }) => [detail?.['purpose'], detail?.['rcode'], detail?.['agrees']]);
      expect(told).toContainEqual(['absent', 'NXDOMAIN', true]);
      expect(told).toContainEqual(['outside', 'NOERROR', undefined]);

      // Without: the resolver of a client says that it is there.
      const seen = ofCache(await capture('client', '-n', namespace, '--allow-exec'));
      expect(seen.find(({ to }) => to === `dns/${OWN}`)).toMatchObject({
        from: `pod/${namespace}/client`,
        outcome: 'ok',
        detail: { server: { node: NODE, address: ADDRESS }, rcode: 'NOERROR' },
      });

      const { manifest } = await contentOf(await capture('no-exec', '-n', caches));
      expect(manifest?.gaps).toContainEqual(
        expect.objectContaining({
          key: 'probe:dns/node-local',
          detail: expect.stringContaining('--allow-exec'),
        }),
      );

      await kube.delete({ kind: 'Pod', namespace: caches, name: 'node-local-dns' });
      await kube.waitGone({ kind: 'Pod', namespace: caches, name: 'node-local-dns' });
      const gone = ofCache(await capture('gone', '-n', namespace, '--allow-exec'));
      expect(gone.map(({ to, outcome }) => [to, outcome])).toEqual([[`dns/${OWN}`, 'refused']]);
    } finally {
      await kube.delete({ kind: 'Namespace', name: caches });
      await removeLocalAddress(lab, NODE, ADDRESS);
    }
  });
});
