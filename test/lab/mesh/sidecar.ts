/** Pods as Istio's injector leaves them: names, ports, labels and annotations are its own, the image is the lab's. */
import type { KubeObject } from '../kube.ts';
import { deployed, type Container, type Made } from '../pod-faults/fault.ts';
import { CONFIG_DIR, bootstrapOf, type SidecarConfig } from './envoy-config.ts';
import type { Identity } from './certificates.ts';

/** Whom Istio runs its proxy as, and whose traffic is not led back to it. */
const PROXY_USER = 1337;
const image = { image: 'lab/envoy:1', imagePullPolicy: 'Never' };

/** What istio-iptables does, in the words of nft: all TCP in and out is led to the proxy, but not its own. */
const REDIRECT = `
table ip istio {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    tcp dport { 15008, 15020, 15021, 15090 } return
    meta l4proto tcp redirect to :15006
  }
  chain output {
    type nat hook output priority -100;
    oifname "lo" return
    meta skuid ${PROXY_USER} return
    ip daddr 127.0.0.1 return
    meta l4proto tcp redirect to :15001
  }
}
`;

/** As pilot-agent has it. */
const LOG_FORMAT = '%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t';

const istioInit: Container = {
  name: 'istio-init',
  ...image,
  command: ['/bin/sh', '-c', `echo '${REDIRECT}' | nft -f -`],
  securityContext: {
    capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
    runAsUser: 0,
    runAsGroup: 0,
  },
};

export interface Injected extends Made {
  /** A command that the proxy waits for before it begins. */
  readonly late?: string;
  /** Where its control plane is said to be. */
  readonly istiod?: string;
  /** Of the proxy, where they are not those of Istio up to 1.19, patient with a machine that is busy. */
  readonly probes?: Container;
  /** What the pods are of, where it is no Deployment. */
  readonly of?: (pods: KubeObject) => KubeObject;
}

/** Istio since 1.20: ten minutes to start in. */
export const PATIENT_PROBES: Container = {
  startupProbe: {
    httpGet: { path: '/healthz/ready', port: 15_021 },
    periodSeconds: 1,
    timeoutSeconds: 3,
    failureThreshold: 600,
  },
  readinessProbe: {
    httpGet: { path: '/healthz/ready', port: 15_021 },
    periodSeconds: 15,
    timeoutSeconds: 3,
    failureThreshold: 4,
  },
};

const QUICK_PROBES: Container = {
  readinessProbe: {
    httpGet: { path: '/healthz/ready', port: 15_021 },
    initialDelaySeconds: 1,
    periodSeconds: 2,
    timeoutSeconds: 20,
    failureThreshold: 30,
  },
};

/** The Secret that a sidecar of this name mounts. Not a ConfigMap: what a control plane tells a proxy stands in no object. */
export function configOf(
  name: string,
  config: SidecarConfig,
  { ca, certificate, key }: Identity,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-istio` },
    stringData: {
      'envoy.json': JSON.stringify(bootstrapOf(config)),
      'ca.pem': ca,
      'cert.pem': certificate,
      'key.pem': key,
    },
  };
}

function istioProxy({ late, istiod, probes = QUICK_PROBES }: Injected): Container {
  const envoy =
    `/bin/envoy -c ${CONFIG_DIR}/envoy.json --disable-hot-restart --concurrency 1 -l warning`.split(' ');
  const log = ['--component-log-level', 'misc:error', '--log-format', LOG_FORMAT];
  return {
    name: 'istio-proxy',
    ...image,
    command: [...(late === undefined ? [] : ['/bin/sh', '-c', `${late}; exec "$@"`, 'sh']), ...envoy, ...log],
    ports: [{ containerPort: 15_090, name: 'http-envoy-prom', protocol: 'TCP' }],
    env: [
      { name: 'PILOT_CERT_PROVIDER', value: 'istiod' },
      ...(istiod === undefined ? [] : [{ name: 'CA_ADDR', value: istiod }]),
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'INSTANCE_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'ISTIO_META_APP_CONTAINERS', value: 'app' },
    ],
    ...probes,
    resources: { requests: { cpu: '10m', memory: '40Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      runAsUser: PROXY_USER,
      runAsGroup: PROXY_USER,
      runAsNonRoot: true,
    },
    volumeMounts: [{ name: 'istio-envoy', mountPath: CONFIG_DIR }],
  };
}

/** A Deployment as the injector leaves it; its Secret is `configOf` of the same name. */
export function injected(app: Container, made: Injected = {}): KubeObject {
  const { name = 'web', labels = {}, spec = {}, of = (pods) => pods, ...rest } = made;
  const plain = deployed(app, {
    ...rest,
    name,
    labels: {
      'security.istio.io/tlsMode': 'istio',
      'service.istio.io/canonical-name': name,
      'service.istio.io/canonical-revision': 'latest',
      ...labels,
    },
    spec: {
      ...spec,
      initContainers: [istioInit],
      volumes: [{ name: 'istio-envoy', secret: { secretName: `${name}-istio` } }],
    },
    sidecars: [istioProxy(made)],
  });
  return of(annotated(plain));
}

function annotated(object: KubeObject): KubeObject {
  const { spec } = object as { readonly spec?: { readonly template: { readonly metadata: object } } };
  const status = {
    initContainers: ['istio-init'],
    containers: ['istio-proxy'],
    volumes: ['istio-envoy'],
    imagePullSecrets: null,
    revision: 'default',
  };
  const annotations = {
    'sidecar.istio.io/status': JSON.stringify(status),
    'kubectl.kubernetes.io/default-container': 'app',
    'kubectl.kubernetes.io/default-logs-container': 'app',
  };
  const template = { ...spec?.template, metadata: { ...spec?.template.metadata, annotations } };
  return { ...object, spec: { ...spec, template } };
}
