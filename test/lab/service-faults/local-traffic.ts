/** Traffic kept local to nodes: what comes from outside, and what comes from pods. */
import { until } from '../run.ts';
import type { Kube } from '../kube.ts';
import {
  addressOf,
  agnhost,
  balanced,
  calling,
  client,
  deployed,
  env,
  handKept,
  onNode,
  PATIENCE,
  server,
  serving,
  type ServiceFault,
} from './fault.ts';

const OUTSIDE = 'service/traffic-policy:Service/NS/web#external';
const INSIDE = 'service/traffic-policy:Service/NS/web';
const WAITS = 'pod/dependency-unreachable:Deployment/NS/cart';

const open = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
const kept = { internalTrafficPolicy: 'Local' };
const asking = { ...calling('web:80'), ...env({ WEB_URL: 'http://web:80' }) };

/** A port of the node's that kube-proxy is to have for a Service. */
const TAKEN = 32_555;

async function said(kube: Kube, namespace: string, reason: string): Promise<void> {
  await until(`an Event ${reason}`, PATIENCE.timeout, async () => {
    const events = await kube.list({ kind: 'Event', namespace });
    return events.some((event) => event['reason'] === reason);
  });
}

export const localTraffic: readonly ServiceFault[] = [
  {
    name: 'a load balancer that publishes a node without an endpoint',
    objects: () => [serving(open), server({}, onNode('node-1'))],
    async last(kube, namespace) {
      await balanced(kube, namespace, await addressOf(kube, 'node-2'));
    },
    roots: [OUTSIDE],
    says: /without an endpoint of it \(node-2\)/,
  },
  {
    name: 'an external address that is a node without an endpoint',
    objects: () => [serving({ ...open, type: 'NodePort' }), server({}, onNode('node-1'))],
    async last(kube, namespace) {
      const externalIPs = [await addressOf(kube, 'node-1'), await addressOf(kube, 'node-2')];
      await kube.patch({ kind: 'Service', namespace, name: 'web' }, { spec: { externalIPs } });
    },
    roots: [OUTSIDE],
    says: /Of 2 addresses, 1 is dead/,
  },
  {
    name: 'a load balancer with an address of its own, which drains nodes',
    objects: () => [serving(open), server({}, onNode('node-1'))],
    async last(kube, namespace) {
      await balanced(kube, namespace, '192.0.2.50');
    },
  },
  {
    name: 'endpoints kept by hand for a node of another name',
    objects: () => [
      serving({ ...open, selector: undefined }),
      handKept('192.0.2.7', { port: 8080 }, { nodeName: 'node-1.example.com' }),
    ],
    async last(kube, namespace) {
      await balanced(kube, namespace, '192.0.2.50');
    },
    roots: [OUTSIDE],
    says: /2 nodes .* no endpoint is there.* no node called node-1\.example\.com/,
  },
  {
    name: 'a health-check node port that another program has',
    objects: () => [
      deployed(
        { ...agnhost, args: ['netexec', `--http-port=${TAKEN}`, '--udp-port=-1'] },
        {
          name: 'exporter',
          spec: { hostNetwork: true, nodeSelector: { 'kubernetes.io/hostname': 'node-1' } },
        },
      ),
      server({}, onNode('node-1')),
    ],
    async last(kube, namespace) {
      await kube.apply(serving({ ...open, healthCheckNodePort: TAKEN }), { namespace });
      await balanced(kube, namespace, '192.0.2.50');
      await said(kube, namespace, 'FailedToStartServiceHealthcheck');
    },
    roots: [OUTSIDE],
    says: /node-1\) cannot tell load balancers/,
  },
  {
    name: 'a client on a node without an endpoint',
    objects: () => [serving(kept), server({}, onNode('node-1')), client(asking, onNode('node-2'))],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [INSIDE],
    explains: [WAITS],
    says: /node-2/,
  },
  {
    name: 'clients on every node, one of them without an endpoint',
    objects: () => [
      serving(kept),
      server({}, onNode('node-2')),
      client(asking, {
        replicas: 2,
        spec: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { app: 'cart' } },
            },
          ],
        },
      }),
    ],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [INSIDE],
    explains: [WAITS],
    says: /1 client pod of 2/,
  },
  {
    name: 'a client beside the endpoint',
    objects: () => [serving(kept), server({}, onNode('node-1')), client(asking, onNode('node-1'))],
  },
];
