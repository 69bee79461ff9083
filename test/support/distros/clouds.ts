/** Clusters whose control plane a cloud hosts, as their add-ons look when all is well. */
import type { EvidenceGiven, KubeObject } from '../evidence.ts';
import { changed, cluster } from './cluster.ts';
import { inventory } from './inventory.ts';
import { object, turned } from './objects.ts';

/** A kube-proxy that says that it is well, by node. */
export function proxyWell(...nodes: readonly string[]): Record<string, string> {
  const body = {
    lastUpdated: '2026-05-01T14:29:58Z',
    currentTime: '2026-05-01T14:30:01Z',
    nodeEligible: true,
  };
  const text = JSON.stringify({ status: 200, body });
  return Object.fromEntries(nodes.map((name) => [`nodes/${name}/kube-proxy-healthz.json`, text]));
}

/** An app with a Service and a client that names it: something to break. */
export const SHOP = `
deploy shop/api @1,2 app=api http:8080
service shop/api app=api http:80>http
deploy shop/web @1 app=web +web :3000
service shop/web app=web :80>3000
`;
/** What the client of the shop is told, in the exact words of a template. */
const CLIENT = {
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: 'web',
            image: 'registry.example/web:1',
            env: [{ name: 'API_URL', value: 'http://api.shop.svc.cluster.local' }],
            ports: [{ containerPort: 3000, protocol: 'TCP' }],
          },
        ],
      },
    },
  },
};

/** These lines and objects as one cluster, the shop among them; those who say so of kube-proxy are well. */
export function made(
  text: string,
  more: readonly KubeObject[] = [],
  proxies: readonly string[] = [],
): EvidenceGiven {
  return {
    objects: changed(cluster(inventory(text + SHOP), more), { 'Deployment shop/web': CLIENT }),
    documents: proxyWell(...proxies),
  };
}

const DNS = `
service kube-system/kube-dns k8s-app=kube-dns label:k8s-app=kube-dns dns:53/UDP dns-tcp:53
`;
const COREDNS = `deploy kube-system/coredns @1,2 k8s-app=kube-dns dns:53/UDP dns-tcp:53 metrics:9153
${DNS}`;

/** Managed nodes, of Bottlerocket or not, and one of Fargate, which no DaemonSet reaches. */
export const eks = (): EvidenceGiven =>
  made(
    `
node ip-10-0-1-17.eu-west-1.compute.internal eks.amazonaws.com/nodegroup=ng-1 kubernetes.io/os=linux
node ip-10-0-2-33.eu-west-1.compute.internal eks.amazonaws.com/nodegroup=ng-1 kubernetes.io/os=linux
node fargate-ip-10-0-3-9.eu-west-1.compute.internal eks.amazonaws.com/compute-type=fargate taint:eks.amazonaws.com/compute-type=fargate:NoSchedule
daemon kube-system/aws-node @1,2 !host k8s-app=aws-node app.kubernetes.io/name=aws-node +aws-node metrics:61678 +aws-eks-nodeagent
daemon kube-system/kube-proxy @1,2 !host k8s-app=kube-proxy
daemon kube-system/eks-pod-identity-agent @1,2 !host app.kubernetes.io/name=eks-pod-identity-agent
daemon kube-system/ebs-csi-node @1,2 app=ebs-csi-node
daemon kube-system/ebs-csi-node-windows @- app=ebs-csi-node-windows
deploy kube-system/ebs-csi-controller @1,2 app=ebs-csi-controller
${COREDNS}
deploy kube-system/metrics-server @1 app.kubernetes.io/name=metrics-server https:10251
service kube-system/metrics-server app.kubernetes.io/name=metrics-server https:443>https
service kube-system/eks-extension-metrics-api metrics-api:443>10443
lease kube-system/kube-controller-manager
lease kube-system/kube-scheduler
lease kube-system/cloud-controller-manager
lease kube-system/cp-vpc-resource-controller
lease kube-system/eks-certificates-controller
lease kube-system/apiserver-7rvhxs3kzjsr3ezc6sxnq5tq6y renewed=12:10:00 seconds=3600
pod batch/report-0 @3 app=report eks.amazonaws.com/fargate-profile=batch annotation:CapacityProvisioned=0.25vCPU
`,
    [
      object('apiregistration.k8s.io/v1', 'APIService', 'v1beta1.metrics.k8s.io', {
        spec: { service: { namespace: 'kube-system', name: 'metrics-server', port: 443 } },
        status: { conditions: [turned('Available', 'True', 'Passed')] },
      }),
    ],
    ['ip-10-0-1-17.eu-west-1.compute.internal', 'ip-10-0-2-33.eu-west-1.compute.internal'],
  );

/** What all of GKE has: kube-dns of old, konnectivity, agents, DaemonSets for nodes that this cluster lacks. */
const GKE = `
node gke-prod-pool-1a2b-x7k2 cloud.google.com/gke-nodepool=pool condition:KernelDeadlock=False condition:FrequentKubeletRestart=False condition:NetworkUnavailable=False
node gke-prod-pool-1a2b-p4zt cloud.google.com/gke-nodepool=pool condition:ReadonlyFilesystem=False condition:CorruptDockerOverlay2=False
deploy kube-system/kube-dns @* k8s-app=kube-dns +kubedns dns-local:10053/UDP dns-tcp-local:10053 metrics:10055 +dnsmasq dns:53/UDP dns-tcp:53 +sidecar metrics:10054 +prometheus-to-sd
${DNS}
deploy kube-system/kube-dns-autoscaler @1 k8s-app=kube-dns-autoscaler
deploy kube-system/konnectivity-agent @* k8s-app=konnectivity-agent
deploy kube-system/konnectivity-agent-autoscaler @1 k8s-app=konnectivity-agent-cpha
deploy kube-system/l7-default-backend @1 k8s-app=glbc name=glbc :8080
service kube-system/default-http-backend !NodePort k8s-app=glbc http:80>8080
deploy kube-system/metrics-server-v1.35.0 @1 k8s-app=metrics-server version=v1.35.0 https:10250
service kube-system/metrics-server k8s-app=metrics-server :443>https
daemon kube-system/pdcsi-node @* k8s-app=gcp-compute-persistent-disk-csi-driver
daemon kube-system/pdcsi-node-windows @- k8s-app=gcp-compute-persistent-disk-csi-driver
daemon kube-system/gke-metrics-agent @* !host k8s-app=gke-metrics-agent
daemon kube-system/gke-metrics-agent-windows @- k8s-app=gke-metrics-agent
daemon kube-system/nvidia-gpu-device-plugin-small-cos @- k8s-app=nvidia-gpu-device-plugin
daemon gke-managed-system/dcgm-exporter @- app.kubernetes.io/name=gke-managed-dcgm-exporter
service gke-managed-system/dcgm-exporter app.kubernetes.io/name=gke-managed-dcgm-exporter metrics:9400
lease kube-system/kube-controller-manager
lease kube-system/kube-scheduler
lease kube-system/cluster-kubestore
lease kube-system/ingress-gce-lock
lease kube-system/pd-csi-storage-gke-io
`;

/** Dataplane V2: anetd keeps the rules; Autopilot's Warden is asked at an address outside. */
export const gkeDataplaneV2 = (): EvidenceGiven =>
  made(
    `${GKE}
daemon kube-system/anetd @* !host k8s-app=cilium +cilium-agent +cilium-agent-metrics-collector
daemon kube-system/netd @* !host k8s-app=netd
`,
    [
      object(
        'admissionregistration.k8s.io/v1',
        'ValidatingWebhookConfiguration',
        'gkepolicy.config.common-webhooks.networking.gke.io',
        {
          webhooks: [
            {
              name: 'warden.gke.io',
              failurePolicy: 'Fail',
              clientConfig: { url: 'https://localhost:5443/webhook/warden-validating' },
              rules: [{ apiGroups: [''], apiVersions: ['*'], operations: ['CREATE'], resources: ['pods'] }],
            },
          ],
        },
      ),
    ],
  );

/** Without Dataplane V2: kube-proxy is a static pod, Calico on top where policies are on. */
export const gkeLegacy = (): EvidenceGiven =>
  made(
    `${GKE}
static kube-system/kube-proxy @* component=kube-proxy tier=node
daemon kube-system/calico-node @* !host k8s-app=calico-node
deploy kube-system/calico-typha @1 !host k8s-app=calico-typha calico-typha:5473
service kube-system/calico-typha k8s-app=calico-typha calico-typha:5473>calico-typha
`,
    [],
    ['gke-prod-pool-1a2b-x7k2', 'gke-prod-pool-1a2b-p4zt'],
  );

/** Azure CNI, Container Insights, and a virtual node of ACI, which has neither a Lease nor a kube-proxy. */
export const aks = (): EvidenceGiven =>
  made(
    `
node aks-nodepool1-12345678-vmss000000 kubernetes.azure.com/agentpool=nodepool1 condition:VMEventScheduled=False condition:KubeletProblem=False
node aks-nodepool1-12345678-vmss000001 kubernetes.azure.com/agentpool=nodepool1 condition:ContainerRuntimeProblem=False
node virtual-node-aci-linux !no-lease type=virtual-kubelet taint:virtual-kubelet.io/provider=azure:NoSchedule condition:NetworkUnavailable=False
daemon kube-system/azure-cns @1,2 !host k8s-app=azure-cns
daemon kube-system/azure-ip-masq-agent @1,2 !host k8s-app=azure-ip-masq-agent
daemon kube-system/cloud-node-manager @1,2 !host k8s-app=cloud-node-manager
daemon kube-system/cloud-node-manager-windows @- k8s-app=cloud-node-manager-windows
daemon kube-system/csi-azuredisk-node @1,2 !host app=csi-azuredisk-node
daemon kube-system/csi-azuredisk-node-win @- app=csi-azuredisk-node-win
daemon kube-system/kube-proxy @1,2 !host component=kube-proxy tier=node
daemon kube-system/ama-logs @1,2 component=ama-logs-agent
daemon kube-system/ama-logs-windows @- component=ama-logs-agent-windows
deploy kube-system/ama-logs-rs @1 rsName=ama-logs-rs
${COREDNS}
deploy kube-system/coredns-autoscaler @1 k8s-app=coredns-autoscaler
deploy kube-system/konnectivity-agent @1,2 app=konnectivity-agent
deploy kube-system/metrics-server @1,2 k8s-app=metrics-server https:4443
service kube-system/metrics-server k8s-app=metrics-server :443>https
deploy kube-system/aci-connector-linux @2 app=aci-connector-linux
deploy kube-system/azure-wi-webhook-controller-manager @1,2 azure-workload-identity.io/system=true webhook-server:9443
service kube-system/azure-wi-webhook-webhook-service azure-workload-identity.io/system=true :443>9443
pod batch/burst @3 app=burst
`,
    [object('v1', 'ConfigMap', 'kube-system/coredns-custom', { data: {} })],
    ['aks-nodepool1-12345678-vmss000000', 'aks-nodepool1-12345678-vmss000001'],
  );
