/** Clusters of many makes whose platform is broken: nodes, networks, control planes, admission. */
import * as clouds from './clouds.ts';
import { event } from './cluster.ts';
import * as comings from './comings.ts';
import * as onprem from './onprem.ts';
import { beside } from './operators.ts';
import * as platforms from './platforms.ts';
import { at, turned } from './objects.ts';
import * as b from './breaking.ts';

const EKS = 'ip-10-0-1-17.eu-west-1.compute.internal';
const AKS = 'aks-nodepool1-12345678-vmss000000';
const GKE = 'gke-prod-pool-1a2b-x7k2';
const plain = (): ReturnType<typeof beside> => beside('');
const DIED = { exitCode: 1, reason: 'Error' };
const NO_CNI =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
const creating = b.waits('ContainerCreating');
const onFirst = { [`Pod ${b.FIRST}`]: creating };
const WARDEN =
  'admission webhook "warden-validating.common-webhooks.networking.gke.io" denied the request: GKE Warden rejected the request because it violates one or more constraints.\nViolations details: {"[denied by autogke-disallow-hostnamespaces]":["enabling hostNetwork is not allowed in Autopilot."]}';
const SCC =
  'pods "api-5d9c7f6b8-" is forbidden: unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount, provider restricted-v2: .containers[0].runAsUser: Invalid value: 1000: must be in the ranges: [1000680000, 1000689999], provider "nonr';
const INJECT =
  'Internal error occurred: failed calling webhook "istio-sidecar-injector.example.io": failed to call webhook: Post "https://istiod.istio-system.svc:443/?timeout=10s": no endpoints available for service "istiod"';

export const PLATFORMS: Readonly<Record<string, b.Broken>> = {
  'EKS without addresses in its subnets': {
    cluster: clouds.eks,
    change: onFirst,
    add: [
      b.sandbox(
        b.FIRST,
        'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
      ),
    ],
    root: `platform/cni:Node/${EKS}`,
    says: /no address is left/,
  },
  'EKS whose ipamd dies': {
    cluster: clouds.eks,
    change: { ...onFirst, 'Pod kube-system/aws-node-b': b.dies(DIED, { name: 'aws-node' }) },
    add: [
      b.sandbox(
        b.FIRST,
        'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"',
      ),
    ],
    root: 'pod/crash-loop:DaemonSet/kube-system/aws-node',
  },
  'GKE whose anetd dies': {
    cluster: clouds.gkeDataplaneV2,
    change: { ...onFirst, 'Pod kube-system/anetd-b': b.dies(DIED, { name: 'cilium-agent' }) },
    add: [
      b.sandbox(
        b.FIRST,
        'plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory',
      ),
    ],
    root: 'pod/crash-loop:DaemonSet/kube-system/anetd',
  },
  'GKE whose static kube-proxy dies': {
    cluster: clouds.gkeLegacy,
    change: { [`Pod kube-system/kube-proxy-${GKE}`]: b.dies(DIED) },
    root: `platform/kube-proxy:Node/${GKE}`,
  },
  'EKS with a node that kube-proxy is meant for and lacks, tainted as it is': {
    cluster: () => ({ ...comings.windows(), documents: {} }),
    change: {
      'Pod kube-system/kube-proxy-b': null,
      'Node node-1': { spec: { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] } },
    },
    root: 'platform/kube-proxy:Node/node-1',
    says: /no kube-proxy/,
  },
  'GKE Autopilot, where Warden refuses': {
    cluster: clouds.gkeDataplaneV2,
    ...b.refuses(WARDEN),
    root: 'platform/admission:Deployment/shop/api',
    says: /hostNetwork is not allowed/,
  },
  'AKS whose CNS has no addresses': {
    cluster: clouds.aks,
    change: onFirst,
    add: [
      b.sandbox(
        b.FIRST,
        'plugin type="azure-vnet" failed (add): IPAM Invoke Add failed with error: Failed to get IP address from CNS: http request failed: AllocateIPConfig failed: not enough IPs available for 9d8a-eth0, waiting on Azure CNS to allocate more with NC Status: IP config',
      ),
    ],
    root: `platform/cni:Node/${AKS}`,
    says: /no address is left/,
  },
  'AKS with a lost node, whose Lease is gone too': {
    cluster: clouds.aks,
    change: {
      [`Node ${AKS}`]: b.LOST,
      [`Lease kube-node-lease/${AKS}`]: null,
      [`Pod ${b.FIRST}`]: { status: { conditions: [turned('Ready', 'False', '', '14:21:00', '')] } },
    },
    root: `platform/node-not-ready:Node/${AKS}`,
    says: /Kubelet stopped posting node status/,
  },
  'RKE2 whose controller manager dies': {
    cluster: onprem.rke2,
    change: {
      'Lease kube-system/kube-controller-manager': { spec: { renewTime: '2026-05-01T14:12:00.000000Z' } },
      'Pod kube-system/kube-controller-manager': b.dies(DIED),
    },
    root: 'pod/crash-loop:Pod/kube-system/kube-controller-manager-srv-1',
  },
  'RKE2 whose scheduler has left, and shows no pod of it': {
    cluster: onprem.rke2,
    change: {
      'Lease kube-system/kube-scheduler': { spec: { renewTime: '2026-05-01T14:02:00.000000Z' } },
      'Pod kube-system/kube-scheduler': null,
    },
    root: 'platform/control-plane:Lease/kube-system/kube-scheduler',
  },
  'OpenShift, where no constraint fits, in a message that is cut off': {
    cluster: onprem.openshift,
    ...b.refuses(SCC),
    root: 'platform/admission:Deployment/shop/api',
    says: /SecurityContextConstraints/,
  },
  'OpenShift whose OVN binds no port': {
    cluster: onprem.openshift,
    change: onFirst,
    add: [
      b.sandbox(
        b.FIRST,
        `plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): CNI request failed with status 400: 'ContainerID:"a1b2" Netns:"/var/run/netns/x" IfName:"eth0" Args:"K8S_POD_NAMESPACE=shop" Path:"" ERRORED: error configuring pod [shop/api-5d9c7f6b8-bx7k2] networking: [shop/api-5d9c7f6b8-bx7k2/u:ovn-kubernetes]: error adding container to network "ovn-kubernetes": CNI request failed with status 400: '[shop/api-5d9c7f6b8-bx7k2 a1b2 network default NAD default] failed to configure pod interface: timed out waiting for OVS port binding (ovn-installed) for 0a:58:0a:80:02:1f [10.128.2.31/23]`,
        'cri-o',
      ),
    ],
    root: 'platform/cni:Node/master-0.ocp.example',
    says: /timed out waiting for OVS port binding/,
  },
  'kind whose kindnet dies, and with it the only node for pods': {
    cluster: onprem.kind,
    change: {
      'Pod kube-system/kindnet-c': b.dies(DIED),
      'Node kind-worker': {
        spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] },
        status: { conditions: [turned('Ready', 'False', 'KubeletNotReady', '14:12:00', NO_CNI)] },
      },
      [b.API]: b.noNode(
        '0/2 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
        '14:13:00',
      ),
    },
    root: 'pod/crash-loop:DaemonSet/kube-system/kindnet',
  },
  'a mesh whose istiod dies': {
    cluster: platforms.meshes,
    ...b.refuses(INJECT),
    change: {
      ...b.refuses(INJECT).change,
      'Pod istio-system/istiod': b.dies({ exitCode: 255, reason: 'Error' }),
    },
    root: 'pod/crash-loop:Deployment/istio-system/istiod',
  },
  'a cluster whose disk is full, in the words of old': {
    cluster: plain,
    change: {
      [`Pod ${b.FIRST}`]: b.fails(
        'Evicted',
        'The node was low on resource: ephemeral-storage. Threshold quantity: 2139512454, available: 1964240Ki. Container main was using 512Mi, request is 0, has larger consumption of ephemeral-storage. ',
        '08:00:00',
      ),
      [`Pod ${b.SECOND}`]: b.noNode(
        "0/2 nodes are available: 1 node(s) had taint {node.kubernetes.io/disk-pressure: }, that the pod didn't tolerate, 1 Insufficient memory.",
      ),
      'Node node-1': {
        spec: { taints: [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }] },
        status: {
          conditions: [
            turned('Ready', 'True', 'KubeletReady'),
            turned('DiskPressure', 'True', 'KubeletHasDiskPressure', '14:05:00', 'kubelet has disk pressure'),
          ],
        },
      },
    },
    root: 'platform/node-pressure:Node/node-1',
    says: /1 pod was evicted/,
  },
  'a spot machine that is taken back, and missed': {
    cluster: plain,
    change: {
      [`Pod ${b.SECOND}`]: b.noNode(
        '0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, 2 Insufficient cpu. preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
        '14:26:10',
      ),
      'Deployment shop/api': { status: { readyReplicas: 1 } },
    },
    add: [
      ...comings.shuttingDown('spot-1'),
      comings.endedByShutdown('shop/api-5d9c7f6b8-gone', 'spot-1', { app: 'api' }, 'api-5d9c7f6b8'),
    ],
    root: 'platform/node-not-ready:Node/spot-1',
    says: /node is shutting down/,
  },
  'Fargate without capacity': {
    cluster: clouds.eks,
    change: {
      'Pod batch/report-0': {
        spec: { nodeName: null, schedulerName: 'fargate-scheduler' },
        metadata: { creationTimestamp: at('14:10:00') },
        status: {
          phase: 'Pending',
          conditions: [],
          podIP: null,
          podIPs: null,
          startTime: null,
          containerStatuses: null,
        },
      },
    },
    add: [
      event(
        'Pod batch/report-0',
        'FailedScheduling',
        'Fargate capacity is unavailable at this time. Please try again later or in a different availability zone',
        { first: '14:12:00', last: '14:12:00', count: 1, by: 'fargate-scheduler' },
      ),
    ],
    root: 'pod/unschedulable:Pod/batch/report-0',
    says: /Fargate capacity is unavailable/,
  },
};
