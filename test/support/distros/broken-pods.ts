/** Clusters of many makes whose pods do not start, die or are refused, in the words of their runtimes and drivers. */
import * as clouds from './clouds.ts';
import { event, seriesEvent } from './cluster.ts';
import * as comings from './comings.ts';
import { inventory } from './inventory.ts';
import * as onprem from './onprem.ts';
import * as operators from './operators.ts';
import * as platforms from './platforms.ts';
import { turned } from './objects.ts';
import * as b from './breaking.ts';

const AKS = 'aks-nodepool1-12345678-vmss000000';
const plain = (): ReturnType<typeof operators.beside> => operators.beside('');
const DIED = { exitCode: 1, reason: 'Error' };
const creating = b.waits('ContainerCreating');
const CPU =
  '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.';
const PULL = 'pod/image-pull:Deployment/shop/api';
const START = 'pod/not-started:Deployment/shop/api';
const UNFIT = 'pod/unschedulable:Deployment/shop/api';
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

/** What runtimes answer of an image, by the runtime and the registry. */
const pulls = (cluster: b.Broken['cluster'], message: string, says: RegExp): b.Broken => ({
  cluster,
  change: { [b.API]: b.waits('ImagePullBackOff', message) },
  root: PULL,
  says,
});

const unfit = (message: string, says: RegExp, add: b.Broken['add'] = []): b.Broken => ({
  cluster: plain,
  change: { [b.API]: b.noNode(message) },
  add,
  root: UNFIT,
  says,
});

/** A volume that fails, in the words of its driver. */
const mounts = (cluster: b.Broken['cluster'], reason: string, message: string, says: RegExp): b.Broken => ({
  cluster,
  change: { [b.API]: creating },
  add: [
    ...b.onBoth(reason, message, { by: reason === 'FailedMount' ? 'kubelet' : 'attachdetach-controller' }),
    ...b.onBoth(
      'FailedMount',
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data kube-api-access-x]: timed out waiting for the condition',
      { first: '14:22:00' },
    ),
  ],
  root: START,
  says,
});

const rejected = (reason: string, message: string, says: RegExp): b.Broken => ({
  cluster: plain,
  change: { [b.API]: b.fails(reason, message), 'Deployment shop/api': { status: { readyReplicas: 0 } } },
  root: `${START}#rejected`,
  says,
});

export const PODS: Readonly<Record<string, b.Broken>> = {
  'containerd, refused by ECR': pulls(
    clouds.eks,
    `Back-off pulling image "${ECR}/api:2": ErrImagePull: failed to pull and unpack image "${ECR}/api:2": failed to resolve reference "${ECR}/api:2": unexpected status from HEAD request to https://${ECR}/v2/api/manifests/2: 403 Forbidden`,
    /denies access/,
  ),
  'containerd, over the limit of Docker Hub': pulls(
    onprem.rke2,
    'failed to pull and unpack image "docker.io/library/api:2": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/api/manifests/sha256:ab: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
    /429/,
  ),
  'CRI-O, refused by Quay': pulls(
    onprem.openshift,
    'Back-off pulling image "quay.io/x/api:2": ErrImagePull: initializing source docker://quay.io/x/api:2: reading manifest 2 in quay.io/x/api: unauthorized: access to the requested resource is not authorized',
    /denies access/,
  ),
  'docker, without such a tag': pulls(
    onprem.minikube,
    'Error response from daemon: manifest for nginx:1.99 not found: manifest unknown: manifest unknown',
    /no such image or tag/,
  ),
  'an image for another Windows': {
    cluster: comings.windows,
    change: {
      'Pod legacy/iis': b.waits(
        'ErrImagePull',
        'failed to pull and unpack image "mcr.microsoft.com/windows/servercore:ltsc2019": no match for platform in manifest: not found',
      ),
    },
    root: 'pod/image-pull:Deployment/legacy/iis',
    says: /platform/,
  },
  'a container of another build of Windows': {
    cluster: comings.windows,
    change: {
      'Pod legacy/iis': b.waits(
        'RunContainerError',
        'failed to create containerd task: failed to create shim task: hcs::CreateComputeSystem 6968: The container operating system does not match the host operating system.: unknown',
      ),
    },
    root: 'pod/not-started:Deployment/legacy/iis',
    says: /another build of Windows/,
  },
  'an EBS volume that is not attached': mounts(
    clouds.eks,
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = Could not attach volume "vol-0a" to node "i-0b": context deadline exceeded',
    /Could not attach volume/,
  ),
  'an Azure disk that another node has': mounts(
    clouds.aks,
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-0d1e2f3a" Volume is already used by pod(s) db-0',
    /still attached to another node/,
  ),
  'an Azure share that refuses': mounts(
    clouds.aks,
    'FailedMount',
    'MountVolume.MountDevice failed for volume "pvc-77" : rpc error: code = Internal desc = volume(rg#acct#share##ns) mount //acct.file.core.windows.net/share on /var/lib/kubelet/plugins/kubernetes.io/csi/file.csi.azure.com/1/globalmount failed with mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t cifs\nOutput: mount error(13): Permission denied',
    /Permission denied/,
  ),
  'a CSI driver that dies': {
    cluster: clouds.eks,
    change: {
      [b.API]: creating,
      'Pod kube-system/ebs-csi-node': {
        ...b.dies(DIED),
        spec: {
          volumes: [
            {
              name: 'plugin-dir',
              hostPath: { path: '/var/lib/kubelet/plugins/ebs.csi.aws.com/', type: 'DirectoryOrCreate' },
            },
          ],
        },
      },
    },
    add: b.onBoth(
      'FailedMount',
      'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
    ),
    root: 'pod/crash-loop:DaemonSet/kube-system/ebs-csi-node',
  },
  'a node whose disk turned read-only, as node-problem-detector says too': {
    cluster: clouds.aks,
    change: {
      [`Pod ${b.FIRST}`]: b.waits(
        'CreateContainerError',
        'failed to prepare extraction snapshot "extract-1": mkdir /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/new-1: read-only file system',
      ),
      [`Node ${AKS}`]: {
        status: {
          conditions: [
            turned('Ready', 'True', 'KubeletReady'),
            turned(
              'ReadonlyFilesystem',
              'True',
              'FilesystemIsReadOnly',
              '14:00:00',
              'Filesystem is read-only',
            ),
          ],
        },
      },
    },
    root: START,
    says: /disk of its node can only be read/,
  },
  'a refusal by the node’s labels': rejected(
    'NodeAffinity',
    "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    /does not fit it/,
  ),
  'the same in the words of old': rejected(
    'NodeAffinity',
    'Pod Predicate NodeAffinity failed',
    /does not fit it/,
  ),
  'a device that is gone': rejected(
    'UnexpectedAdmissionError',
    'Pod was rejected: Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected',
    /devices unavailable for nvidia.com\/gpu/,
  ),
  'k3s, whose load balancer finds its ports taken': {
    cluster: onprem.k3s,
    change: {
      'Pod kube-system/svclb': b.noNode(
        "0/2 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
      ),
    },
    root: 'pod/unschedulable:DaemonSet/kube-system/svclb-traefik-8a1b2c3d',
    says: /free ports/,
  },
  'a scheduler of 1.36, with dynamic resources': unfit(
    "0/5 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 2 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.",
    /2 of 5 Insufficient nvidia\.com\/gpu/,
    [seriesEvent(`Pod ${b.FIRST}`, 'FailedScheduling', '0/5 nodes are available: …')],
  ),
  'a claim that is not bound': unfit(
    '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    /unbound immediate/,
  ),
  'a node group at its most': unfit(CPU, /adds no node for it: 2 max node group size reached/, [
    event(
      `Pod ${b.FIRST}`,
      'NotTriggerScaleUp',
      "pod didn't trigger scale-up: 2 max node group size reached",
      {
        normal: true,
        by: 'cluster-autoscaler',
      },
    ),
  ]),
  'GKE over its quota': unfit(
    CPU,
    /adds no node for it: Node scale up in zones europe-west1-b .* GCE quota exceeded/,
    b.onBoth(
      'FailedScaleUp',
      'Node scale up in zones europe-west1-b associated with this pod failed: GCE quota exceeded. Pod is at risk of not being scheduled.',
      { by: 'cluster-autoscaler' },
    ),
  ),
  'a NodePool at its limit': unfit(CPU, /Karpenter makes no node for it: all available instance types/, [
    event(
      `Pod ${b.FIRST}`,
      'FailedScheduling',
      'Failed to schedule pod, all available instance types exceed limits for nodepool: "default"',
      { by: 'karpenter' },
    ),
  ]),
  'a Service that lost its pods while a node is made': unfit(
    CPU,
    /An autoscaler is making a node for it/,
    b.onBoth('TriggeredScaleUp', 'pod triggered scale-up: [{ng 2->3 (max: 5)}]', {
      first: '14:27:20',
      last: '14:27:20',
      count: 1,
      normal: true,
      by: 'cluster-autoscaler',
    }),
  ),
  'GKE, whose dnsmasq is out of memory': {
    cluster: clouds.gkeLegacy,
    change: {
      'Pod kube-system/kube-dns-5': b.dies({ exitCode: 137, reason: 'OOMKilled' }, { name: 'dnsmasq' }),
    },
    root: 'pod/oom-killed:Deployment/kube-system/kube-dns',
  },
  'a DeploymentConfig that dies': {
    cluster: onprem.openshift,
    change: {
      'Pod legacy/billing-2-x7k2p': b.dies(DIED),
      'DeploymentConfig legacy/billing': { status: { readyReplicas: 0 } },
    },
    root: 'pod/crash-loop:DeploymentConfig/legacy/billing',
  },
  'a Rollout whose canary has no image': {
    cluster: operators.scaledOnPurpose,
    add: [
      operators.rolloutRevision('9e9e', 3, 1),
      ...inventory(
        'node node-1\npod shop/pay-9e9e-q owner:ReplicaSet=pay-9e9e app=pay rollouts-pod-template-hash=9e9e',
      ).slice(2),
    ],
    change: {
      'Pod shop/pay-9e9e-q': b.waits('ImagePullBackOff', 'Back-off pulling image "registry.example/pay:3"'),
    },
    root: 'pod/image-pull:Rollout/shop/pay',
  },
  'a native sidecar that dies': {
    cluster: platforms.meshes,
    change: { 'Pod emoji/voting': b.dies(DIED, { name: 'linkerd-proxy', init: true }) },
    root: 'pod/crash-loop:Deployment/emoji/voting',
    says: /sidecar container linkerd-proxy/,
  },
  'a broker that an operator made and that dies': {
    cluster: operators.dataStores,
    change: { 'Pod kafka/main-dual-': b.dies({ exitCode: 137, reason: 'Error' }) },
    root: 'pod/crash-loop:StrimziPodSet/kafka/main-dual',
  },
};
