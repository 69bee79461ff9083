/** Clusters of many makes whose Services are empty: readiness in the words of kubelets, roles, gates, scalers, quotas. */
import * as clouds from './clouds.ts';
import { event } from './cluster.ts';
import * as operators from './operators.ts';
import * as platforms from './platforms.ts';
import { turned, type Fields } from './objects.ts';
import * as b from './breaking.ts';

const plain = (): ReturnType<typeof operators.beside> => operators.beside('');
const NEG = 'cloud.google.com/load-balancer-neg-ready';
const ALB = 'target-health.elbv2.k8s.aws/k8s-shop-gated-1a2b3c4d5e';
const UNREADY = 'pod/not-ready:Deployment/shop/api';
const PROBE = 'pod/probe-misconfigured:Deployment/shop/api';

/** A readiness probe that has failed for twenty minutes, in the kubelet's words. */
function fails(probe: Fields, said: string, root: string, says: RegExp): b.Broken {
  const container = {
    name: 'main',
    image: 'registry.example/main:1',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    readinessProbe: {
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
      ...probe,
    },
  };
  return {
    cluster: plain,
    change: { [b.API]: { ...b.unreadySince('14:10:30'), spec: { containers: [container] } } },
    add: b.onBoth('Unhealthy', `Readiness probe failed: ${said}`, { first: '14:10:00', count: 118 }),
    root,
    says,
  };
}

const gated = (type: string, ready: string, more: readonly Fields[] = []): Fields => ({
  spec: { readinessGates: [{ conditionType: type }] },
  status: {
    conditions: [
      ...more,
      turned('Ready', 'False', 'ReadinessGatesNotReady', '14:10:00', ready),
      turned('ContainersReady', 'True', '', '08:00:10'),
      turned('PodScheduled', 'True', '', '08:00:00'),
    ],
  },
});

export const SERVICES: Readonly<Record<string, b.Broken>> = {
  'an HTTP probe that the kubelet cannot connect, over IPv6': fails(
    { httpGet: { path: '/healthz', port: 8080 } },
    'Get "http://[fd00:10:244::5]:8080/healthz": dial tcp [fd00:10:244::5]:8080: connect: connection refused',
    UNREADY,
    /connection refused/,
  ),
  'an HTTP probe of a path that is not there': fails(
    { httpGet: { path: '/nope', port: 8080 } },
    'HTTP probe failed with statuscode: 404',
    PROBE,
    /404/,
  ),
  'a gRPC probe that says no': fails(
    { grpc: { port: 8080, service: '' } },
    'service unhealthy (responded with "NOT_SERVING")',
    UNREADY,
    /NOT_SERVING/,
  ),
  'a TCP probe that is refused': fails(
    { tcpSocket: { port: 8080 } },
    'dial tcp 10.42.1.3:8080: connect: connection refused',
    UNREADY,
    /refused/,
  ),
  'a command that takes too long': fails(
    { exec: { command: ['pg_isready'] } },
    'command timed out: "pg_isready" timed out after 1s',
    PROBE,
    /longer than timeoutSeconds 1/,
  ),
  'the same before 1.33': fails(
    { exec: { command: ['pg_isready'] } },
    'command "pg_isready" timed out',
    PROBE,
    /longer than timeoutSeconds 1/,
  ),
  'a liveness probe, whose back-off names no container': {
    cluster: plain,
    change: { [b.API]: b.dies({ exitCode: 137, reason: 'Error' }) },
    add: [
      ...b.onBoth('Killing', 'Container main failed liveness probe, will be restarted', { normal: true }),
      ...b.onBoth(
        'Unhealthy',
        'Liveness probe failed: Get "http://10.42.0.3:8080/live": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      ),
      ...b.onBoth('BackOff', 'Back-off restarting failed container'),
    ],
    root: 'pod/crash-loop:Deployment/shop/api',
    says: /liveness probe fails/,
  },
  'GKE, whose load balancer has not taken the pods in': {
    cluster: clouds.gkeDataplaneV2,
    change: { [b.API]: gated(NEG, `corresponding condition of pod readiness gate "${NEG}" does not exist.`) },
    root: UNREADY,
    says: /load-balancer-neg-ready/,
  },
  'an ALB whose targets are unhealthy': {
    cluster: platforms.addOns,
    change: {
      'Pod shop/gated': gated(ALB, `the status of pod readiness gate "${ALB}" is not "True", but False`, [
        turned(ALB, 'False', 'Target.FailedHealthChecks', '14:10:00', 'Health checks failed'),
      ]),
    },
    root: 'pod/not-ready:Deployment/shop/gated',
    says: /target-health/,
  },
  'a database of CloudNativePG that nobody leads': {
    cluster: operators.postgres,
    change: {
      'Pod db/pg-1': { metadata: { labels: { 'cnpg.io/instanceRole': 'replica', role: 'replica' } } },
      'Deployment db/billing': { spec: { replicas: 1 } },
    },
    root: 'service/no-endpoints:Service/db/pg-rw',
    says: /Depending on it: Deployment db\/billing/,
  },
  'Elasticsearch, whose StatefulSet is refused by a quota': {
    cluster: operators.dataStores,
    change: {
      'Pod elastic/logs-es-default': null,
      'StatefulSet elastic/logs-es-default': { status: { replicas: 0, readyReplicas: 0 } },
    },
    add: [
      event(
        'StatefulSet elastic/logs-es-default',
        'FailedCreate',
        'create Pod logs-es-default-0 in StatefulSet logs-es-default failed error: pods "logs-es-default-0" is forbidden: exceeded quota: compute, requested: limits.memory=4Gi, used: limits.memory=14Gi, limited: limits.memory=16Gi',
        { by: 'statefulset-controller' },
      ),
    ],
    root: 'platform/quota:StatefulSet/elastic/logs-es-default#quota',
  },
  'Kibana, held at none by its custom resource': {
    cluster: operators.dataStores,
    change: {
      'Pod elastic/logs-kb': null,
      'Deployment elastic/logs-kb': { spec: { replicas: 0 }, status: { replicas: 0, readyReplicas: 0 } },
      'ReplicaSet elastic/logs-kb': { spec: { replicas: 0 } },
    },
    add: [b.asked('elastic/logs-kb-http', 5601)],
    root: 'service/scaled-to-zero:Service/elastic/logs-kb-http',
  },
  'a Rollout whose pods all die': {
    cluster: operators.scaledOnPurpose,
    change: { 'Pod shop/pay-5c8d': b.dies({ exitCode: 2, reason: 'Error' }) },
    add: [b.asked('shop/pay-stable', 80)],
    root: 'pod/crash-loop:Rollout/shop/pay',
  },
  'a stable Service of Argo that holds on to an old hash': {
    cluster: operators.scaledOnPurpose,
    change: { 'Service shop/pay-stable': { spec: { selector: { 'rollouts-pod-template-hash': '7b4f' } } } },
    add: [b.asked('shop/pay-stable', 80)],
    root: 'service/selector-mismatch:Service/shop/pay-stable',
    says: /rollouts-pod-template-hash=5c8d/,
  },
  'a client that is a Rollout, of a database that died': {
    cluster: operators.scaledOnPurpose,
    change: {
      [b.API]: b.dies({ exitCode: 1, reason: 'Error' }),
      'Rollout shop/pay': {
        spec: {
          template: {
            spec: { containers: [{ name: 'app', env: [{ name: 'API', value: 'http://api.shop:80' }] }] },
          },
        },
      },
    },
    root: 'pod/crash-loop:Deployment/shop/api',
  },
  'KEDA, paused where the world asks': {
    cluster: operators.scaledOnPurpose,
    change: {
      'ScaledObject shop/worker': {
        metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': '0' } },
      },
      'Event shop/worker.scaled': null,
    },
    add: [b.asked('shop/worker', 9000)],
    root: 'service/scaled-to-zero:Service/shop/worker',
    says: /paused-replicas/,
  },
};
