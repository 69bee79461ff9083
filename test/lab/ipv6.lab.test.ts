/** Listeners of IPv6: on ::1 alone nobody reaches them, on :: everybody does, by IPv4 too. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { resultsIn } from './content.ts';
import { test } from './fixture.ts';
import { hasCondition, type Kube } from './kube.ts';

/** By pod: where its httpd listens. */
const LISTENS: Readonly<Record<string, string>> = { loopback6: '[::1]:8080', open6: '[::]:8080' };

async function makePods(kube: Kube, namespace: string): Promise<void> {
  for (const [name, address] of Object.entries(LISTENS)) {
    const metadata = { name, namespace, labels: { app: name } };
    const container = { name: 'main', image: 'lab/busybox:1', imagePullPolicy: 'Never' };
    await kube.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ ...container, command: ['httpd', '-f', '-p', address] }],
      },
    });
    await kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    });
  }
  for (const name of Object.keys(LISTENS)) {
    await kube.waitFor({ kind: 'Pod', namespace, name }, (pod) => hasCondition(pod, 'Ready'), {
      timeout: 120_000,
    });
  }
}

describe.runIf(existsSync('/proc/net/if_inet6'))('IPv6', () => {
  test('a listener on ::1 alone is bound to loopback; one on :: is not', async ({
    kube,
    namespace,
    dir,
    cli,
    diagnose,
  }) => {
    await makePods(kube, namespace);
    const file = join(dir, 'ipv6.tar.gz');
    await cli(['capture', '-n', namespace, '-o', file, '--allow-exec', '--timeout', '180s']);
    const listening = (pod: string): unknown =>
      resultsIn(file, 'sockets').find(({ from }) => from === `pod/${namespace}/${pod}`)?.detail?.[
        'listening'
      ];
    expect(listening('loopback6')).toEqual([
      { protocol: 'tcp', family: 6, address: '::1', port: 8080, waiting: 0 },
    ]);
    expect(listening('open6')).toEqual([
      { protocol: 'tcp', family: 6, address: '::', port: 8080, waiting: 0 },
    ]);
    const { verdict } = await diagnose(file);
    const about = verdict.findings.filter(({ check }) => check === 'pod/loopback-bind');
    expect(about.map(({ object }) => object?.name)).toEqual(['loopback6']);
    expect(verdict.findings.filter(({ object }) => object?.name === 'open6')).toEqual([]);
  });
});
