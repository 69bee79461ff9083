/** Changes to what was well: what was made anew under other labels, turned, renumbered, deleted, and who was left behind. */
import { deployment, rolledOut, webServer } from '../incidents/incident.ts';
import type { Kube, KubeObject, Ref } from '../kube.ts';
import { environment, server, service, withSpec, type Container, type WildFault } from './making.ts';

/** Asks this address every three seconds, and says what a program in Go says when that fails. */
function asks(address: string, env: Readonly<Record<string, string>> = { UPSTREAM: address }): Container {
  const host = address.replace(/:\d+$/, '');
  const failed = (why: string): string => `echo "level=error msg=\\"GET http://${address}/: ${why}\\""`;
  return {
    ...environment(env),
    command: [
      '/bin/sh',
      '-c',
      `while true; do out=$(agnhost connect ${address} --timeout=1s 2>&1) && echo "level=info msg=ok" || case "$out" in ` +
        `*REFUSED*) ${failed(`dial tcp ${address}: connect: connection refused`)};; ` +
        `*DNS*) ${failed(`dial tcp: lookup ${host} on 10.96.0.10:53: no such host`)};; ` +
        `*) ${failed(`dial tcp ${address}: i/o timeout`)};; esac; sleep 3; done`,
    ],
  };
}

/** What a patch leaves out of a Service stays as it was. */
async function patchService(kube: Kube, namespace: string, name: string, spec: object): Promise<void> {
  await kube.patch({ kind: 'Service', namespace, name }, { spec });
}

const named = (namespace: string, name: string): Ref => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace,
  name,
});

export const CHANGES: readonly WildFault[] = [
  {
    name: 'a Deployment that was deleted and made anew with the label of its next version',
    roots: ['service/selector-mismatch:Service/NS/shop'],
    joined: [['service/no-endpoints:Service/NS/shop', 'service/selector-mismatch:Service/NS/shop']],
    async make(kube, namespace) {
      await kube.apply([
        service('shop', namespace, { selector: { app: 'shop', version: 'v1' } }),
        server('shop', namespace, webServer, { app: 'shop', version: 'v1' }),
        server('client', namespace, asks('shop:80')),
      ]);
      await rolledOut(kube, namespace, 'shop');
      await kube.delete(named(namespace, 'shop'));
      await kube.waitGone(named(namespace, 'shop'));
      await new Promise((resolve) => setTimeout(resolve, 4000));
      await kube.apply(server('shop', namespace, webServer, { app: 'shop', version: 'v2' }));
    },
  },
  {
    name: 'a Service that was turned to the colour that nobody scaled up',
    roots: ['service/scaled-to-zero:Service/NS/web'],
    joined: [['service/no-endpoints:Service/NS/web', 'service/scaled-to-zero:Service/NS/web']],
    async make(kube, namespace) {
      const colour = (color: string, replicas: number): KubeObject =>
        deployment({
          name: `web-${color}`,
          namespace,
          replicas,
          labels: { app: 'web', color },
          container: webServer,
        });
      await kube.apply([
        service('web', namespace, { selector: { app: 'web', color: 'blue' } }),
        colour('blue', 1),
        colour('green', 0),
        server('client', namespace, asks('web:80')),
      ]);
      await rolledOut(kube, namespace, 'web-blue');
      await patchService(kube, namespace, 'web', { selector: { color: 'green' } });
    },
  },
  {
    name: 'two clients left behind by a Service whose port was renumbered',
    roots: ['service/client-address:Service/NS/orders#orders:80'],
    joined: [
      ['pod/dependency-unreachable:Deployment/NS/cart', 'service/client-address:Service/NS/orders#orders:80'],
      ['pod/dependency-unreachable:Deployment/NS/desk', 'service/client-address:Service/NS/orders#orders:80'],
    ],
    async make(kube, namespace) {
      await kube.apply([
        service('orders', namespace, { ports: [{ name: 'http', port: 80, targetPort: 8080 }] }),
        server('orders', namespace),
        server('cart', namespace, asks('orders:80')),
        server('desk', namespace, asks('orders:80', {})),
      ]);
      await rolledOut(kube, namespace, 'orders');
      await patchService(kube, namespace, 'orders', {
        ports: [{ name: 'http', port: 8080, targetPort: 8080 }],
      });
    },
  },
  {
    name: 'a Service that was deleted, while its pods run on',
    roots: ['service/client-address:Deployment/NS/client#ledger:80'],
    joined: [
      [
        'pod/dependency-unreachable:Deployment/NS/client',
        'service/client-address:Deployment/NS/client#ledger:80',
      ],
    ],
    async make(kube, namespace) {
      await kube.apply([
        service('ledger', namespace, {}),
        server('ledger', namespace),
        server('client', namespace, asks('ledger:80')),
      ]);
      await rolledOut(kube, namespace, 'ledger');
      await kube.delete({ kind: 'Service', namespace, name: 'ledger' });
    },
  },
  {
    name: 'an EndpointSlice for nearly the name of its Service',
    roots: ['service/stale-endpoints:Service/NS/legacy-db#by-hand'],
    joined: [
      [
        'pod/dependency-unreachable:Deployment/NS/client',
        'service/stale-endpoints:Service/NS/legacy-db#by-hand',
      ],
    ],
    async make(kube, namespace) {
      await kube.apply([
        service('legacy-db', namespace, { selector: null, ports: [{ name: 'pg', port: 5432 }] }),
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: {
            name: 'legacy-1',
            namespace,
            labels: { 'kubernetes.io/service-name': 'legacydb' },
          },
          addressType: 'IPv4',
          ports: [{ name: 'pg', port: 10_250, protocol: 'TCP' }],
          endpoints: [{ addresses: ['172.30.0.11'] }],
        },
        server('client', namespace, asks('legacy-db:5432')),
      ]);
    },
  },
  {
    name: 'an agent that dies on one node, where its Service is kept local',
    roots: ['pod/crash-loop:DaemonSet/NS/agent'],
    joined: [
      ['service/traffic-policy:Service/NS/agent', 'pod/crash-loop:DaemonSet/NS/agent'],
      ['pod/dependency-unreachable:Deployment/NS/on-2', 'service/traffic-policy:Service/NS/agent'],
    ],
    async make(kube, namespace) {
      const dies =
        'if [ $NODE = node-2 ]; then sleep 1; echo "panic: open /etc/agent/node-2.yaml: no such file or directory"; exit 2; fi; exec agnhost netexec --http-port=8080 --udp-port=-1';
      const made = server('agent', namespace, {
        ...webServer,
        args: [],
        env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
        command: ['/bin/sh', '-c', dies],
      });
      const { replicas: _, ...spec } = made['spec'] as Record<string, unknown>;
      await kube.apply([
        service('agent', namespace, {
          internalTrafficPolicy: 'Local',
          ports: [{ port: 8126, targetPort: 8080 }],
        }),
        { ...made, kind: 'DaemonSet', spec },
        ...['1', '2'].map((node) =>
          withSpec(server(`on-${node}`, namespace, asks('agent:8126')), { nodeName: `node-${node}` }),
        ),
      ]);
    },
  },
  {
    name: 'healthy: a ring of one, whose headless Service has nobody, and a preview that nobody scaled up',
    roots: [],
    async make(kube, namespace) {
      await kube.apply([
        service('ring', namespace, { clusterIP: 'None', selector: { app: 'member' } }),
        service('web', namespace, {}),
        server('web', namespace, { ...webServer, ...environment({ MEMBERLIST_JOIN: 'ring' }) }),
        service('web-preview', namespace, { selector: { app: 'web', color: 'green' } }),
        deployment({
          name: 'web-green',
          namespace,
          replicas: 0,
          labels: { app: 'web', color: 'green' },
          container: webServer,
        }),
      ]);
    },
  },
];
