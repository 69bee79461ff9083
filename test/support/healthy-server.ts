/** What a small healthy cluster answers: one running pod, one custom resource, everything allowed. */
import { type Answer, hangAfter, json, pagedList, text } from './fake-api-server.ts';

/** The one line of the pod's log. */
export const LOG = '2026-01-01T00:00:00.000000000Z hello\n';

const runningPod = {
  metadata: { namespace: 'shop', name: 'web-1', uid: 'u1' },
  spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'web:1' }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'app', state: { running: {} }, restartCount: 0 }] },
};

const resource = (plural: string, kind: string) => ({
  resource: plural,
  responseKind: { kind },
  scope: 'Namespaced',
  verbs: ['list'],
});

const group = (name: string, version: string, resources: unknown[]) => ({
  metadata: { name },
  versions: [{ version, freshness: 'Current', resources }],
});

/** Lists, and watches that see nothing. */
function watchable(items: readonly unknown[], kind: string): Answer {
  const list = pagedList(kind, items);
  return (request, response, count) =>
    request.url?.includes('watch=')
      ? hangAfter('\n')(request, response, count)
      : list(request, response, count);
}

/** Answers by path, to start a fake API server with. */
export function healthyAnswers(): Record<string, Answer> {
  return {
    '/version': json({ gitVersion: 'v1.36.3' }),
    '/readyz': text('readyz check passed'),
    '/livez': text('livez check passed'),
    '/metrics': text('process_start_time_seconds 1\n'),
    '/apis/authentication.k8s.io/v1/selfsubjectreviews': json({ status: { userInfo: { username: 'jane' } } }),
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': json({ status: { allowed: true } }),
    '/api': json({
      kind: 'APIGroupDiscoveryList',
      items: [group('', 'v1', [resource('pods', 'Pod'), resource('services', 'Service')])],
    }),
    '/apis': json({
      kind: 'APIGroupDiscoveryList',
      items: [group('example.com', 'v1', [resource('things', 'Thing')])],
    }),
    '/api/v1/events': watchable([], 'EventList'),
    '/api/v1/pods': watchable([runningPod], 'PodList'),
    '/api/v1/services': watchable([], 'ServiceList'),
    '/api/v1/nodes': watchable([], 'NodeList'),
    '/apis/discovery.k8s.io/v1/endpointslices': watchable([], 'EndpointSliceList'),
    '/apis/networking.k8s.io/v1/ingresses': watchable([], 'IngressList'),
    '/apis/example.com/v1/things': pagedList('ThingList', [{ metadata: { name: 't' } }], {
      metadataLast: true,
    }),
    '/api/v1/namespaces/kube-system/pods': pagedList('PodList', []),
    '/api/v1/namespaces/shop/pods/web-1/log': text(LOG),
  };
}
