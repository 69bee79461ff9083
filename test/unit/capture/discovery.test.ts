/** Discovery: aggregated and old documents, groups that fail. */
import { afterEach, describe, expect, it } from 'vitest';
import { discover } from '../../../capture/discovery.ts';
import {
  type Answer,
  type FakeApiServer,
  json,
  startFakeApiServer,
  status,
} from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

async function discovered(answers: Record<string, Answer>) {
  server = await startFakeApiServer(answers);
  const { api } = await fakeClient(server.url);
  const found = await discover(api, AbortSignal.timeout(5000));
  return {
    kinds: found.resources.map(({ group, version, plural, kind }) => `${group}/${version}/${plural}=${kind}`),
    namespaced: found.resources.filter(({ namespaced }) => namespaced).map(({ plural }) => plural),
    failed: Object.fromEntries(found.failed),
    documents: [...found.documents.keys()],
  };
}

const entry = (resource: string, kind: string, verbs = ['list'], scope = 'Namespaced') => ({
  resource,
  responseKind: { kind },
  verbs,
  scope,
});

describe('discovery', () => {
  it('reads the aggregated documents: each kind once, in the version preferred where it is served', async () => {
    const { kinds, namespaced, failed } = await discovered({
      '/api': json({
        kind: 'APIGroupDiscoveryList',
        items: [
          {
            versions: [
              {
                version: 'v1',
                resources: [
                  entry('pods', 'Pod'),
                  entry('nodes', 'Node', ['list'], 'Cluster'),
                  entry('bindings', 'Binding', ['create']),
                ],
              },
            ],
          },
        ],
      }),
      '/apis': json({
        kind: 'APIGroupDiscoveryList',
        items: [
          {
            metadata: { name: 'networking.k8s.io' },
            versions: [
              { version: 'v1', resources: [entry('ingresses', 'Ingress')] },
              {
                version: 'v1beta1',
                resources: [entry('ingresses', 'Ingress'), entry('ipaddresses', 'IPAddress')],
              },
            ],
          },
          { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' }] },
        ],
      }),
    });
    expect(kinds).toEqual([
      '/v1/pods=Pod',
      '/v1/nodes=Node',
      'networking.k8s.io/v1/ingresses=Ingress',
      'networking.k8s.io/v1beta1/ipaddresses=IPAddress',
    ]);
    expect(namespaced).toEqual(['pods', 'ingresses', 'ipaddresses']);
    expect(failed).toEqual({ 'metrics.k8s.io/v1beta1': expect.stringContaining('stale') });
  });

  it('asks the old way where documents are not aggregated; one group that fails costs no other', async () => {
    const { kinds, failed, documents } = await discovered({
      '/api': json({ kind: 'APIVersions', versions: ['v1'] }),
      '/apis': json({
        kind: 'APIGroupList',
        groups: [
          {
            name: 'apps',
            versions: [{ version: 'v1beta1' }, { version: 'v1' }],
            preferredVersion: { version: 'v1' },
          },
          { name: 'broken', versions: [{ version: 'v1' }] },
        ],
      }),
      '/api/v1': json({
        resources: [
          { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['list'] },
          { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
        ],
      }),
      '/apis/apps/v1': json({
        resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['list'] }],
      }),
      '/apis/apps/v1beta1': json({
        resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['list'] }],
      }),
      '/apis/broken/v1': status(503, 'the server is currently unable to handle the request'),
    });
    expect(kinds).toEqual(['/v1/pods=Pod', 'apps/v1/deployments=Deployment']);
    expect(failed).toEqual({ 'broken/v1': 'the server is currently unable to handle the request' });
    expect(documents).toContain('apps_v1.json');
  });
});
