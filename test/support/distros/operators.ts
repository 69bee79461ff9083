/** What operators leave in a healthy cluster: among it Services that have no endpoint for ever. */
import type { EvidenceGiven, KubeObject } from '../evidence.ts';
import { changed } from './cluster.ts';
import { made } from './clouds.ts';
import { at, object, turned } from './objects.ts';

/** Two nodes of a hosted control plane, and what these lines add. */
export const beside = (text: string, more: readonly KubeObject[] = []): EvidenceGiven =>
  made(
    `
node node-1
node node-2
lease kube-system/kube-controller-manager
lease kube-system/kube-scheduler
${text}
`,
    more,
    ['node-1', 'node-2'],
  );

/** kube-prometheus-stack: a Service for each part of the control plane, which a hosted one never fills. */
export const prometheusStack = (): EvidenceGiven =>
  beside(
    `
service kube-system/kps-kube-controller-manager !headless component=kube-controller-manager label:app=kps http-metrics:10257
service kube-system/kps-kube-scheduler !headless component=kube-scheduler label:app=kps http-metrics:10259
service kube-system/kps-kube-etcd !headless component=etcd label:app=kps http-metrics:2381
service kube-system/kps-kube-proxy !headless k8s-app=kube-proxy http-metrics:10249
service kube-system/kps-coredns !headless k8s-app=kube-dns http-metrics:9153
deploy kube-system/coredns @* k8s-app=kube-dns dns:53/UDP metrics:9153
daemon kube-system/kube-proxy @* !host k8s-app=kube-proxy component=kube-proxy tier=node
service kube-system/kps-kubelet !headless label:k8s-app=kubelet https-metrics:10250 cadvisor:4194
kept kube-system/kps-kubelet host:192.168.0.10 host:192.168.0.11 https-metrics:10250 cadvisor:4194
stateful monitoring/prometheus-kps-prometheus owner:Prometheus=kps app.kubernetes.io/name=prometheus operator.prometheus.io/name=kps http-web:9090
service monitoring/prometheus-operated !headless app.kubernetes.io/name=prometheus http-web:9090>http-web
service monitoring/kps-prometheus app.kubernetes.io/name=prometheus operator.prometheus.io/name=kps http-web:9090>http-web
# Alertmanager and Thanos that nobody made an object of
service monitoring/alertmanager-operated !headless app.kubernetes.io/name=alertmanager web:9093
service monitoring/kps-thanos-discovery !headless app.kubernetes.io/name=thanos-ruler grpc:10901
daemon monitoring/kps-prometheus-node-exporter @* !host app=node-exporter http-metrics:9100
deploy monitoring/kps-operator app=kps-operator https:10250
service monitoring/kps-operator app=kps-operator https:443>https
`,
    [
      webhook('MutatingWebhookConfiguration', 'kps-admission', 'monitoring/kps-operator', {
        failurePolicy: 'Ignore',
      }),
    ],
  );

/** An admission webhook behind a Service, asked for pods unless its rules say otherwise. */
export function webhook(kind: string, name: string, to: string, more: object = {}): KubeObject {
  const [namespace, service] = to.split('/');
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
  return object('admissionregistration.k8s.io/v1', kind, name, {
    webhooks: [
      {
        name: `${name}.example.io`,
        failurePolicy: 'Fail',
        clientConfig: { service: { namespace, name: service, path: '/', port: 443 } },
        rules,
        ...more,
      },
    ],
  });
}

/**
 * Three operators, one instance each: Services of replicas are empty for ever, Patroni keeps the Endpoints of the leader, and
 * the labels that tell who leads are on pods alone.
 */
const databases = (): EvidenceGiven =>
  beside(
    `
stateful db/acid-main owner:postgresql=acid-main application=spilo cluster-name=acid-main team=acid :5432 :8008
service db/acid-main postgresql:5432
kept db/acid-main host:10.42.9.9 postgresql:5432
service db/acid-main-repl application=spilo cluster-name=acid-main spilo-role=replica team=acid postgresql:5432
service db/acid-main-config !headless
pod db/pg-1 owner:Cluster=pg cnpg.io/cluster=pg cnpg.io/podRole=instance cnpg.io/instanceName=pg-1 cnpg.io/instanceRole=primary role=primary postgresql:5432
service db/pg-rw cnpg.io/cluster=pg cnpg.io/instanceRole=primary postgres:5432
service db/pg-ro cnpg.io/cluster=pg cnpg.io/instanceRole=replica postgres:5432
service db/pg-r cnpg.io/cluster=pg cnpg.io/podRole=instance postgres:5432
stateful db/hippo-instance1-abcd owner:PostgresCluster=hippo pgo/cluster=hippo pgo/instance=hippo-instance1-abcd postgres:5432
service db/hippo-primary !headless postgres:5432
kept db/hippo-primary host:10.96.1.1 postgres:5432
service db/hippo-ha-config !headless
service db/hippo-pods !headless !publish pgo/cluster=hippo
service db/hippo-replicas pgo/cluster=hippo pgo/role=replica postgres:5432>postgres
`,
    [
      object('apps/v1', 'Deployment', 'db/billing', {
        spec: {
          replicas: 0,
          template: {
            metadata: { labels: { app: 'billing' } },
            spec: {
              containers: [
                {
                  name: 'app',
                  env: [
                    { name: 'PGHOST', value: 'acid-main' },
                    { name: 'DATABASE_URL', value: 'postgres://pg-rw.db.svc:5432/app' },
                  ],
                },
              ],
            },
          },
        },
      }),
    ],
  );

export function postgres(): EvidenceGiven {
  const given = databases();
  const leads = (key: string): object => ({ metadata: { labels: { [key]: 'master' } } });
  const objects = changed(given.objects ?? [], {
    'Pod db/acid-main-0': { ...leads('spilo-role') },
    'Pod db/hippo-instance1-abcd-0': { ...leads('pgo/role') },
  });
  return { ...given, objects };
}

/** Strimzi, ECK, Rook-Ceph, RabbitMQ: pods by operators, and names for what comes later. */
export const dataStores = (): EvidenceGiven =>
  beside(`
pod kafka/main-dual-0 owner:StrimziPodSet=main-dual strimzi.io/cluster=main strimzi.io/name=main-kafka strimzi.io/broker-role=true tcp-replication:9091 tcp-clients:9092
pod kafka/main-dual-1 owner:StrimziPodSet=main-dual strimzi.io/cluster=main strimzi.io/name=main-kafka strimzi.io/broker-role=true tcp-replication:9091 tcp-clients:9092
service kafka/main-kafka-bootstrap strimzi.io/cluster=main strimzi.io/name=main-kafka strimzi.io/broker-role=true tcp-clients:9092
service kafka/main-kafka-brokers !headless !publish strimzi.io/cluster=main strimzi.io/name=main-kafka tcp-ctrlplane:9090 tcp-replication:9091
deploy kafka/main-entity-operator owner:Kafka=main strimzi.io/name=main-entity-operator
stateful elastic/logs-es-default @* owner:Elasticsearch=logs elasticsearch.k8s.elastic.co/cluster-name=logs https:9200 transport:9300
service elastic/logs-es-http elasticsearch.k8s.elastic.co/cluster-name=logs https:9200
service elastic/logs-es-transport !headless !publish elasticsearch.k8s.elastic.co/cluster-name=logs tls-transport:9300
service elastic/logs-es-internal-http elasticsearch.k8s.elastic.co/cluster-name=logs https:9200
service elastic/logs-es-default !headless !publish elasticsearch.k8s.elastic.co/cluster-name=logs https:9200
deploy elastic/logs-kb owner:Kibana=logs kibana.k8s.elastic.co/name=logs https:5601
service elastic/logs-kb-http kibana.k8s.elastic.co/name=logs https:5601
deploy rook-ceph/rook-ceph-mgr-a app=rook-ceph-mgr mgr_role=active owner:CephCluster=rook-ceph http-metrics:9283
deploy rook-ceph/rook-ceph-mgr-b app=rook-ceph-mgr mgr_role=standby owner:CephCluster=rook-ceph http-metrics:9283
deploy rook-ceph/rook-ceph-mon-a app=rook-ceph-mon mon=a owner:CephCluster=rook-ceph tcp-msgr1:6789
service rook-ceph/rook-ceph-mon-a app=rook-ceph-mon mon=a tcp-msgr1:6789
service rook-ceph/rook-ceph-mgr app=rook-ceph-mgr mgr_role=active http-metrics:9283
service rook-ceph/rook-ceph-exporter app=rook-ceph-exporter http-metrics:9926
job rook-ceph/rook-ceph-osd-prepare-node-1 app=rook-ceph-osd-prepare
stateful mq/rabbit-server owner:RabbitmqCluster=rabbit app.kubernetes.io/name=rabbit amqp:5672 epmd:4369
service mq/rabbit app.kubernetes.io/name=rabbit amqp:5672
service mq/rabbit-nodes !headless !publish app.kubernetes.io/name=rabbit epmd:4369
`);

/** A ReplicaSet of an Argo Rollout, by its hash. */
export function rolloutRevision(hash: string, revision: number, replicas: number): KubeObject {
  const labels = { app: 'pay', 'rollouts-pod-template-hash': hash };
  return object('apps/v1', 'ReplicaSet', `shop/pay-${hash}`, {
    metadata: {
      creationTimestamp: at(revision === 1 ? '08:00:00' : '11:00:00'),
      annotations: { 'rollout.argoproj.io/revision': String(revision) },
      ownerReferences: [
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'pay', uid: 'u', controller: true },
      ],
    },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels } } },
    status: { replicas, readyReplicas: replicas },
  });
}

/** Argo Rollouts, Knative and KEDA: pods that come and go on purpose, down to none. */
export const scaledOnPurpose = (): EvidenceGiven =>
  beside(
    `
pod shop/pay-5c8d-x7k2p owner:ReplicaSet=pay-5c8d app=pay rollouts-pod-template-hash=5c8d http:8080
service shop/pay-stable app=pay rollouts-pod-template-hash=5c8d annotation:argo-rollouts.argoproj.io/managed-by-rollouts=pay :80>http
service shop/pay-canary app=pay rollouts-pod-template-hash=5c8d annotation:argo-rollouts.argoproj.io/managed-by-rollouts=pay :80>http
# Knative's revision at zero: the public Service has no selector and leads to the activator, the private one is empty
deploy knative-serving/activator app=activator http1:8012
service knative-serving/activator-service app=activator http:80>8012
deploy kourier-system/3scale-kourier-gateway app=kourier http2:8081
service kourier-system/kourier-internal app=kourier http2:80>8081
service shop/hello !ExternalName http2:80
service shop/hello-00001 label:networking.internal.knative.dev/serviceType=Public http:80>8012 https:443>8112
kept shop/hello-00001 host:10.42.7.7 http:8012 https:8112
service shop/hello-00001-private label:networking.internal.knative.dev/serviceType=Private serving.knative.dev/revisionUID=8f5a http:80>8012
deploy shop/hello-00001-deployment @- owner:Revision=hello-00001 serving.knative.dev/revisionUID=8f5a
# KEDA: nothing in the queue
deploy shop/worker @- app=worker metrics:9000
service shop/worker app=worker metrics:9000
deploy keda/keda-operator app=keda-operator metricsservice:9666
service keda/keda-operator app=keda-operator metricsservice:9666
`,
    [
      object('argoproj.io/v1alpha1', 'Rollout', 'shop/pay', {
        spec: {
          replicas: 1,
          strategy: { canary: { stableService: 'pay-stable', canaryService: 'pay-canary' } },
          selector: { matchLabels: { app: 'pay' } },
          template: { metadata: { labels: { app: 'pay' } }, spec: { containers: [] } },
        },
        status: { phase: 'Healthy', stableRS: '5c8d', readyReplicas: 1 },
      }),
      rolloutRevision('7b4f', 1, 0),
      rolloutRevision('5c8d', 2, 1),
      scaledDown('hello-00001-deployment'),
      scaledDown('worker'),
      object('keda.sh/v1alpha1', 'ScaledObject', 'shop/worker', {
        spec: { scaleTargetRef: { name: 'worker' }, minReplicaCount: 0, triggers: [{ type: 'rabbitmq' }] },
        status: {
          conditions: [
            turned('Ready', 'True', 'ScaledObjectReady'),
            turned('Active', 'False', 'ScalerNotActive'),
          ],
        },
      }),
    ],
  );

/** The Deployment controller's word of a scaling to zero, a few minutes before the capture. */
function scaledDown(name: string): KubeObject {
  return object('v1', 'Event', `shop/${name}.scaled`, {
    involvedObject: { kind: 'Deployment', namespace: 'shop', name, apiVersion: 'apps/v1' },
    reason: 'ScalingReplicaSet',
    message: `Scaled down replica set ${name}-5d9c7f6b8 from 1 to 0`,
    type: 'Normal',
    count: 1,
    firstTimestamp: at('14:25:00'),
    lastTimestamp: at('14:25:00'),
    source: { component: 'deployment-controller' },
  });
}
