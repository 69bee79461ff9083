// kube-proxy as the DaemonSet that kubeadm makes of it, in place of the nodes' processes; and back.
import { stringify } from 'yaml';
import { ensureImages, imageArchive, kubeProxyImage } from '../build/images.ts';
import { addresses, type Lab } from '../cluster/lab.ts';
import { componentName, importImages } from '../cluster/node.ts';
import { stop } from '../cluster/processes.ts';
import { field, type Kube, type KubeObject, text } from '../kube.ts';
import { until } from '../run.ts';

const NAMESPACE = 'kube-system';
const NAME = 'kube-proxy';
const metadata = { name: NAME, namespace: NAMESPACE, labels: { 'k8s-app': NAME } };
const RBAC = 'rbac.authorization.k8s.io';
const BINDING = 'kubeadm:node-proxier';

/** Parts of KubeProxyConfiguration that are other than usual. */
export type ProxyConfig = Readonly<Record<string, unknown>>;

/**
 * Stops the nodes' own kube-proxy, and makes ServiceAccount, rights, ConfigMap and DaemonSet as `kubeadm init` does. Returns
 * when each pod is Ready. The lab is not to be used for anything else afterwards.
 */
export async function runProxiesAsPods(lab: Lab, kube: Kube): Promise<void> {
  await ensureImages(() => undefined, [kubeProxyImage]);
  const archive = imageArchive([kubeProxyImage]);
  for (const node of lab.nodes) {
    await importImages(node, archive);
    await stop(lab, componentName(node, 'kube-proxy'));
  }
  const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }];
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: 'system:node-proxier' };
  await kube.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: BINDING }, subjects, roleRef },
    configMap(lab),
    daemonSet(),
  ]);
  await waitProxies(kube, lab.nodes.length);
  await until('kube-proxy that runs on', 2 * 60_000, async () => await runOn(kube));
}

/** Whether each has run for a few seconds; one that a kubelet gave the configuration of before dies, and is made anew. */
async function runOn(kube: Kube): Promise<boolean> {
  const states = (await proxyPods(kube)).map((pod) => ({
    node: text(pod, 'spec.nodeName'),
    restarts: Number(field(pod, 'status.containerStatuses.0.restartCount') ?? 0),
    startedAt: Date.parse(text(pod, 'status.containerStatuses.0.state.running.startedAt')),
  }));
  for (const { node, restarts } of states) if (restarts > 0) await renewProxies(kube, node);
  return states.every(({ restarts, startedAt }) => restarts === 0 && Date.now() - startedAt > 5000);
}

/** The same, of an earlier test: each pod is made anew, with its usual configuration. */
export async function mendProxies(lab: Lab, kube: Kube): Promise<void> {
  await kube.delete({ apiVersion: 'apps/v1', kind: 'DaemonSet', ...metadata });
  await until('the end of kube-proxy as pods', 60_000, async () => (await proxyPods(kube)).length === 0);
  await runProxiesAsPods(lab, kube);
}

/** Waits until so many of the DaemonSet's pods are of its newest template and Ready. */
export async function waitProxies(kube: Kube, wanted: number): Promise<void> {
  await kube.waitFor(
    { apiVersion: 'apps/v1', kind: 'DaemonSet', ...metadata },
    (set) =>
      field(set, 'status.observedGeneration') === field(set, 'metadata.generation') &&
      field(set, 'status.updatedNumberScheduled') === wanted &&
      field(set, 'status.numberReady') === wanted,
    { timeout: 90_000, what: 'kube-proxy on every node' },
  );
}

async function proxyPods(kube: Kube): Promise<KubeObject[]> {
  return await kube.list({ kind: 'Pod', namespace: NAMESPACE, labelSelector: `k8s-app=${NAME}` });
}

/** Changes the configuration and makes the pod of one node anew (as a reboot does), or those of all. */
export async function reconfigureProxies(
  lab: Lab,
  kube: Kube,
  change: ProxyConfig,
  only?: string,
): Promise<void> {
  await kube.apply(configMap(lab, change));
  await renewProxies(kube, only);
}

/** Makes kube-proxy's pod of one node anew, or those of all. */
export async function renewProxies(kube: Kube, only?: string): Promise<void> {
  const chosen = (await proxyPods(kube)).filter(
    (pod) => only === undefined || field(pod, 'spec.nodeName') === only,
  );
  for (const { metadata: of } of chosen)
    await kube.delete({ kind: 'Pod', namespace: NAMESPACE, name: of.name }, { graceSeconds: 0 });
}

/** Takes the right to read Services away from kube-proxy. */
export async function forbidProxies(kube: Kube): Promise<void> {
  await kube.delete({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', name: BINDING });
}

function configMap(lab: Lab, change: ProxyConfig = {}): KubeObject {
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  const server = `https://${lab.controlPlane.address}:${addresses.apiServerPort}`;
  const context = { cluster: 'default', namespace: 'default', user: 'default' };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'default', cluster: { 'certificate-authority': `${folder}/ca.crt`, server } }],
    contexts: [{ name: 'default', context }],
    'current-context': 'default',
    users: [{ name: 'default', user: { tokenFile: `${folder}/token` } }],
  };
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: addresses.podCidr,
    clientConnection: { kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' },
    conntrack: { maxPerCore: 0, min: 0 },
    ...change,
  };
  const data = { 'config.conf': stringify(config), 'kubeconfig.conf': stringify(kubeconfig) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

function daemonSet(): KubeObject {
  const labels = { 'k8s-app': NAME };
  const container = {
    name: NAME,
    image: 'lab/kube-proxy:1',
    imagePullPolicy: 'Never',
    command: [
      '/usr/local/bin/kube-proxy',
      '--config=/var/lib/kube-proxy/config.conf',
      '--hostname-override=$(NODE_NAME)',
    ],
    securityContext: { privileged: true },
    env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    volumeMounts: [{ name: NAME, mountPath: '/var/lib/kube-proxy' }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata,
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate' },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: 'system-node-critical',
          hostNetwork: true,
          serviceAccountName: NAME,
          tolerations: [{ operator: 'Exists' }],
          containers: [container],
          volumes: [{ name: NAME, configMap: { name: NAME } }],
        },
      },
    },
  };
}
