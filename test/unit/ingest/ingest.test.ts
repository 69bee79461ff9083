import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../src/core/time.ts';
import { storeFrom } from '../../support/evidence.ts';

const micros = (text: string): number => parseTime(text) ?? Number.NaN;

const meta = (name: string, more: object = {}): object => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  ...more,
});

describe('objects', () => {
  it('keeps meta data, body, labels, owners, conditions and who wrote when', () => {
    const store = storeFrom({
      objects: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: meta('web-1', {
            resourceVersion: '7',
            generation: 2,
            creationTimestamp: '2026-05-01T14:00:00Z',
            labels: { app: 'web' },
            annotations: { 'deployment.kubernetes.io/revision': '3' },
            ownerReferences: [
              { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd', controller: true },
            ],
            managedFields: [
              {
                manager: 'kubectl',
                operation: 'Update',
                time: '2026-05-01T14:01:00Z',
                fieldsV1: { 'f:spec': {} },
              },
            ],
          }),
          spec: {
            replicas: 2,
            selector: { matchLabels: { app: 'web' } },
            template: { metadata: { labels: { app: 'web' } } },
          },
          status: {
            readyReplicas: 1,
            conditions: [
              { type: 'ReplicaFailure', status: 'True', lastTransitionTime: '2026-05-01T14:02:00Z' },
            ],
          },
        },
      ],
    });
    expect(
      store.get('SELECT api_version, kind, resource, namespace, generation, created_at, line FROM objects'),
    ).toEqual({
      api_version: 'apps/v1',
      kind: 'ReplicaSet',
      resource: 'apps/replicasets',
      namespace: 'shop',
      generation: 2,
      created_at: micros('2026-05-01T14:00:00Z'),
      line: 1,
    });
    expect(store.get('SELECT key, value FROM labels')).toEqual({ key: 'app', value: 'web' });
    expect(store.get('SELECT kind, name, controller FROM owners')).toEqual({
      kind: 'Deployment',
      name: 'web',
      controller: 1,
    });
    expect(store.get('SELECT type, status, last_transition_at AS at FROM conditions')).toEqual({
      type: 'ReplicaFailure',
      status: 'True',
      at: micros('2026-05-01T14:02:00Z'),
    });
    expect(store.get('SELECT manager, at, fields FROM field_changes')).toEqual({
      manager: 'kubectl',
      at: micros('2026-05-01T14:01:00Z'),
      fields: '{"f:spec":{}}',
    });
    expect(
      store.get('SELECT kind, replicas, ready_replicas, revision, selector, template_labels FROM workloads'),
    ).toEqual({
      kind: 'ReplicaSet',
      replicas: 2,
      ready_replicas: 1,
      revision: 3,
      selector: '{"matchLabels":{"app":"web"}}',
      template_labels: '{"app":"web"}',
    });
    expect(store.get("SELECT json_extract(body, '$.spec.replicas') AS n FROM bodies")).toEqual({ n: 2 });
    store.close();
  });

  it('reads containers of every kind, their states and ports', () => {
    const store = storeFrom({
      objects: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: meta('p'),
          spec: {
            initContainers: [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }],
            containers: [
              {
                name: 'app',
                image: 'shop:1',
                ports: [{ name: 'http', containerPort: 8080 }, { containerPort: 'x' }],
              },
            ],
          },
          status: {
            phase: 'Running',
            podIP: '10.0.0.1',
            containerStatuses: [
              {
                name: 'app',
                ready: false,
                restartCount: 4,
                state: { waiting: { reason: 'CrashLoopBackOff' } },
                lastState: {
                  terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-05-01T14:00:00Z' },
                },
              },
            ],
          },
        },
      ],
    });
    expect(
      store.all('SELECT name, type, state, reason, restarts, last_reason, last_exit_code FROM containers'),
    ).toEqual([
      {
        name: 'migrate',
        type: 'init',
        state: null,
        reason: null,
        restarts: null,
        last_reason: null,
        last_exit_code: null,
      },
      {
        name: 'proxy',
        type: 'sidecar',
        state: null,
        reason: null,
        restarts: null,
        last_reason: null,
        last_exit_code: null,
      },
      {
        name: 'app',
        type: 'app',
        state: 'waiting',
        reason: 'CrashLoopBackOff',
        restarts: 4,
        last_reason: 'OOMKilled',
        last_exit_code: 137,
      },
    ]);
    expect(store.all('SELECT name, port, protocol FROM container_ports')).toEqual([
      { name: 'http', port: 8080, protocol: 'TCP' },
    ]);
    store.close();
  });

  it('reads Services, EndpointSlices, policies, ingresses and routes with the defaults of Kubernetes', () => {
    const store = storeFrom({
      objects: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: meta('web'),
          spec: { selector: {}, ports: [{ port: 80 }, { port: 81, targetPort: 'http' }] },
        },
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: meta('web-x', { labels: { 'kubernetes.io/service-name': 'web' } }),
          ports: [{ name: '', port: 8080, protocol: 'TCP' }],
          endpoints: [
            { addresses: ['10.0.0.1'] },
            { addresses: ['10.0.0.2'], conditions: { ready: false, terminating: true } },
          ],
        },
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: meta('deny'),
          spec: { podSelector: {}, egress: [{}] },
        },
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: meta('in'),
          spec: {
            tls: [{ hosts: ['*.shop.example'], secretName: 'cert' }],
            rules: [
              {
                host: 'a.shop.example',
                http: {
                  paths: [
                    {
                      path: '/',
                      pathType: 'Prefix',
                      backend: { service: { name: 'web', port: { number: 80 } } },
                    },
                  ],
                },
              },
            ],
          },
        },
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: meta('r'),
          spec: {
            hostnames: ['a.example'],
            parentRefs: [{ name: 'gw', namespace: 'edge' }],
            rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
          },
        },
      ],
    });
    expect(store.get('SELECT type, selector FROM services')).toEqual({ type: 'ClusterIP', selector: null });
    expect(store.all('SELECT port, target_port FROM service_ports')).toEqual([
      { port: 80, target_port: '80' },
      { port: 81, target_port: 'http' },
    ]);
    expect(store.all('SELECT service, address, port, ready, serving, terminating FROM endpoints')).toEqual([
      { service: 'web', address: '10.0.0.1', port: 8080, ready: 1, serving: 1, terminating: 0 },
      { service: 'web', address: '10.0.0.2', port: 8080, ready: 0, serving: 0, terminating: 1 },
    ]);
    expect(store.get('SELECT policy_types, ingress, egress FROM network_policies')).toEqual({
      policy_types: '["Ingress","Egress"]',
      ingress: null,
      egress: '[{}]',
    });
    expect(store.get('SELECT host, service, port, tls_secret FROM ingresses')).toEqual({
      host: 'a.shop.example',
      service: 'web',
      port: '80',
      tls_secret: 'cert',
    });
    expect(
      store.get('SELECT hostname, parent, backend_kind, backend_namespace, backend_name FROM routes'),
    ).toEqual({
      hostname: 'a.example',
      parent: 'Gateway/edge/gw',
      backend_kind: 'Service',
      backend_namespace: 'shop',
      backend_name: 'web',
    });
    store.close();
  });
});

describe('logs, probes, changes, metrics', () => {
  it('splits timestamps off and parses DNS lines in CoreDNS logs alone', () => {
    const query = '[INFO] 10.0.0.1:5 - 1 "A IN a.b. udp 1 false 512" NXDOMAIN qr 1 0.002s';
    const text = `2026-05-01T14:15:00.123456789Z ${query}\nno stamp\n2026-05-01T14:15:01Z E0501 14:15:01.000000       1 x.go:1] bad`;
    const store = storeFrom({
      logs: [
        { namespace: 'kube-system', pod: 'coredns-1', container: 'coredns', text },
        {
          namespace: 'shop',
          pod: 'web',
          container: 'app',
          previous: true,
          text: `2026-05-01T14:15:00Z ${query}\n`,
        },
      ],
    });
    expect(store.all('SELECT container, line, at, level, text FROM log_lines ORDER BY id')).toEqual([
      { container: 'coredns', line: 1, at: micros('2026-05-01T14:15:00.123456Z'), level: 2, text: query },
      { container: 'coredns', line: 2, at: null, level: 0, text: 'no stamp' },
      {
        container: 'coredns',
        line: 3,
        at: micros('2026-05-01T14:15:01Z'),
        level: 4,
        text: 'E0501 14:15:01.000000       1 x.go:1] bad',
      },
      { container: 'app', line: 1, at: micros('2026-05-01T14:15:00Z'), level: 2, text: query },
    ]);
    expect(store.all('SELECT client, type, name, rcode, duration_ms, line FROM dns_log')).toEqual([
      { client: '10.0.0.1', type: 'A', name: 'a.b.', rcode: 'NXDOMAIN', duration_ms: 2, line: 1 },
    ]);
    expect(store.all('SELECT lines, first_at FROM log_files WHERE previous = 1')).toEqual([
      { lines: 1, first_at: micros('2026-05-01T14:15:00Z') },
    ]);
    store.close();
  });

  it('keeps probes, metrics, and marks what a watch saw deleted', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: meta('p') };
    const store = storeFrom({
      objects: [pod],
      probes: {
        tcp: [
          { at: '2026-05-01T14:30:01Z', from: 'capture', to: 'pod/shop/p:8080', outcome: 'refused', ms: 3 },
        ],
      },
      changes: [{ at: '2026-05-01T14:30:10Z', type: 'DELETED', object: pod }],
      metrics: [
        {
          namespace: 'kube-system',
          pod: 'coredns-1',
          port: 9153,
          label: 'last',
          text: 'up{a="b"} 1\nbad line\nx NaN\n',
        },
      ],
    });
    expect(store.get('SELECT probe, vantage, target, outcome, ms FROM probes')).toEqual({
      probe: 'tcp',
      vantage: 'capture',
      target: 'pod/shop/p:8080',
      outcome: 'refused',
      ms: 3,
    });
    expect(store.get('SELECT deleted_at FROM objects')).toEqual({
      deleted_at: micros('2026-05-01T14:30:10Z'),
    });
    expect(store.all('SELECT source, pod, scrape, name, labels, value FROM metrics')).toEqual([
      { source: 'pod', pod: 'coredns-1', scrape: 'last', name: 'up', labels: '{"a":"b"}', value: 1 },
    ]);
    expect(store.get("SELECT reason FROM gaps WHERE key LIKE 'bundle:invalid:metrics/%'")).toEqual({
      reason: 'invalid',
    });
    store.close();
  });
});
