/** Services without a selector, and ExternalNames: what somebody keeps by hand, and whether it leads anywhere. */
import { text } from '../kube.ts';
import { calling, client, env, handKept, server, serving, type ServiceFault } from './fault.ts';

const KEPT = 'service/stale-endpoints:Service/NS/web#by-hand';
const NAME = 'service/wrong-type:Service/NS/web#external-name';
const WAITS = 'pod/dependency-unreachable:Deployment/NS/cart';
const bare = serving({ selector: undefined });
const asking = client({ ...calling('web:80'), ...env({ WEB_URL: 'http://web:80' }) });
const external = (externalName: string) =>
  serving({ type: 'ExternalName', selector: undefined, externalName });

export const keptByHand: readonly ServiceFault[] = [
  {
    name: 'no EndpointSlice at all',
    objects: () => [bare, asking],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [KEPT],
    explains: [WAITS],
    says: /nobody made an EndpointSlice/,
  },
  {
    name: 'an address of the pod network that no pod has any more',
    objects: () => [bare, asking],
    async last(kube, namespace) {
      const range = text(await kube.get({ kind: 'Node', name: 'node-1' }), 'spec.podCIDR');
      await kube.apply(handKept(range.replace(/\.0\/\d+$/, '.250')), { namespace });
    },
    roots: [KEPT],
    says: /no pod has any more/,
  },
  {
    name: 'a port of another name',
    objects: () => [bare, handKept('192.0.2.7', { name: 'http', port: 8080 }), asking],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [KEPT],
    explains: [WAITS],
    says: /are "http"/,
  },
  {
    name: 'the address of a pod that is there',
    objects: () => [bare, server()],
    async last(kube, namespace) {
      const [pod] = await kube.list({ kind: 'Pod', namespace, labelSelector: 'app=web' });
      await kube.apply(handKept(text(pod, 'status.podIP')), { namespace });
      await kube.apply(asking, { namespace });
    },
  },
  {
    name: 'an ExternalName for a Service that is not there',
    objects: (namespace) => [
      external(`databse.${namespace}.svc.cluster.local`),
      serving({}, 'database'),
      server({}, { name: 'database' }),
    ],
    roots: [NAME],
    says: /databse does not exist; Service \S+\/database is there/,
  },
  {
    name: 'an ExternalName that is cut short',
    objects: () => [external('database'), serving({}, 'database'), server({}, { name: 'database' })],
    roots: [NAME],
    says: /no whole name/,
  },
  {
    name: 'an ExternalName that nobody has an address for',
    objects: () => [external('nowhere.example.com')],
    roots: [NAME],
    says: /cluster DNS has no address/,
  },
  {
    name: 'an ExternalName that resolves',
    objects: () => [external('www.example.com')],
  },
  {
    name: 'an ExternalName for a Service that is there',
    objects: (namespace) => [
      external(`database.${namespace}.svc.cluster.local`),
      serving({}, 'database'),
      server({}, { name: 'database' }),
    ],
  },
];
