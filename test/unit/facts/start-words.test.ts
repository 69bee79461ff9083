/** Why the kubelet, the runtimes or the attach controller start nothing, in their own words. */
import { describe, expect, it } from 'vitest';
import { refusalOf, tellingMount } from '../../../analyze/facts/pods/start-words.ts';

const RUNC =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';

describe('read', () => {
  it.each<[string, string]>([
    [
      'its image runs as root',
      'container has runAsNonRoot and image will run as root (pod: "pay-a_shop(1)", container: app)',
    ],
    [
      'its image names its user in letters',
      'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root (pod: "pay-a_shop(1)", container: app)',
    ],
    [
      'runAsUser is 0, which runAsNonRoot forbids',
      `container's runAsUser breaks non-root policy (pod: "pay-a_shop(1)", container: app)`,
    ],
    [
      'volume pvc-1 is still attached to another node, where pay-b uses it',
      'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) pay-b',
    ],
    [
      'volume pvc-1 is still attached to another node',
      `Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can't be attached to another`,
    ],
    [
      'CSI driver ebs.csi.aws.com does not run on its node',
      'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers',
    ],
    [
      'CSI driver ebs.csi.aws.com does not run on its node',
      'AttachVolume.Attach failed for volume "pvc-1" : CSINode node-1 does not contain driver ebs.csi.aws.com',
    ],
    [
      'the runtime still works on an earlier try to make it',
      'failed to reserve container name "app_pay-a_shop_1_0": name "app_pay-a_shop_1_0" is reserved for "12ab"',
    ],
    [
      'the runtime still works on an earlier try to make it',
      'Kubelet may be retrying requests that are timing out in CRI-O due to system load. Currently at stage container storage creation: context deadline exceeded: error reserving ctr name k8s_app_pay-a_shop_1_0 for id 12ab: name is reserved',
    ],
    [
      'its command /app/serve is not in the image',
      `${RUNC}exec: "/app/serve": stat /app/serve: no such file or directory: unknown`,
    ],
    [
      'its command serve is not in the image',
      `${RUNC}exec: "serve": executable file not found in $PATH: unknown`,
    ],
    [
      'its command serve is not in the image',
      'container create failed: time="2026-05-01T14:00:00Z" level=error msg="runc create failed: unable to start container process: exec: \\"serve\\": executable file not found in $PATH"',
    ],
    [
      'its command serve is not in the image',
      'container create failed: executable file `serve` not found in $PATH: No such file or directory',
    ],
    ['its command /app/run.sh may not be executed', `${RUNC}exec: "/app/run.sh": permission denied: unknown`],
    [
      'it has no command',
      'failed to generate container "12ab" spec: failed to generate spec: no command specified',
    ],
    [
      'a file is mounted onto a directory, or a directory onto a file, at /etc/app/conf.yaml',
      `${RUNC}error during container init: error mounting "/var/lib/kubelet/pods/1/volume-subpaths/conf/app/0" to rootfs at "/etc/app/conf.yaml": mount /var/lib/kubelet/pods/1/volume-subpaths/conf/app/0:/etc/app/conf.yaml (via /proc/self/fd/6), flags: 0x5001: not a directory: unknown`,
    ],
    [
      'its memory limit is too small even to start it',
      `${RUNC}container init was OOM-killed (memory limit too low?): unknown`,
    ],
    [
      'its working directory /srv cannot be entered',
      `${RUNC}chdir to cwd ("/srv") set in config.json failed: permission denied: unknown`,
    ],
    [
      'its user app is not in the image',
      `${RUNC}unable to find user app: no matching entries in passwd file: unknown`,
    ],
    [
      '/data is mounted with a propagation',
      'failed to generate container "12ab" spec: failed to generate spec: path "/data" is mounted on "/" but it is not a shared mount',
    ],
    [
      'its seccomp profile /var/lib/kubelet/seccomp/strict.json is not on its node',
      'failed to create containerd container: cannot load seccomp profile "/var/lib/kubelet/seccomp/strict.json": open /var/lib/kubelet/seccomp/strict.json: no such file or directory',
    ],
    [
      'device nvidia.com/gpu=0 is not known on its node',
      'failed to create containerd task: failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=0: unknown',
    ],
    [
      'the kubelet of its node has not read the Services yet',
      'services have not yet been read at least once, cannot construct envvars',
    ],
    [
      'subPath of volumeMount conf cannot be used',
      'failed to prepare subPath for volumeMount "conf" of container "app"',
    ],
    [
      'the disk of its node is full',
      'failed to create containerd container: mkdir /var/lib/containerd/x: no space left on device',
    ],
    [
      'the disk of its node can only be read',
      'failed to create containerd container: mkdir /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/new-1: read-only file system',
    ],
    [
      'the disk of its node can only be read',
      'mkdir /var/lib/kubelet/pods/1/volumes/kubernetes.io~csi/pvc-1/mount: read-only file system',
    ],
    [
      '/etc/app/conf.d cannot be made within a volume that is mounted read-only',
      'container create failed: error mounting "/var/lib/kubelet/pods/1/volumes/kubernetes.io~configmap/cfg" to rootfs at "/etc/app/conf.d": mkdir /var/lib/containers/storage/overlay/12ab/merged/etc/app/conf.d: read-only file system',
    ],
    [
      '/etc/app/conf.d cannot be made within a volume that is mounted read-only',
      `${RUNC}error during container init: error mounting "/var/lib/kubelet/pods/1/volumes/kubernetes.io~configmap/cfg" to rootfs at "/etc/app/conf.d": create mountpoint for /etc/app/conf.d mount: mkdirat /run/containerd/io.containerd.runtime.v2.task/k8s.io/12ab/rootfs/etc/app/conf.d: read-only file system: unknown`,
    ],
    [
      'mkdir /var/lib/kubelet/pods/1/volumes/kubernetes.io~nfs/data/app: read-only file system',
      'mkdir /var/lib/kubelet/pods/1/volumes/kubernetes.io~nfs/data/app: read-only file system',
    ],
    ['the runtime did not make it in time', 'context deadline exceeded'],
    [
      'volume data fails: mount.nfs: access denied by server while mounting nas:/export',
      'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs nas:/export /var/lib/kubelet/pods/1/volumes/kubernetes.io~nfs/data\nOutput: mount.nfs: access denied by server while mounting nas:/export',
    ],
    [
      'volume pvc-1 fails: Could not attach volume "vol-1" to node "i-1": attachment limit exceeded',
      'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = Could not attach volume "vol-1" to node "i-1": attachment limit exceeded',
    ],
    [
      'volume disk fails: path "/mnt/disk1" does not exist',
      'MountVolume.NewMounter initialization failed for volume "disk" : path "/mnt/disk1" does not exist',
    ],
    [
      'volume data is not mounted: timed out waiting for the condition',
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data kube-api-access-x]: timed out waiting for the condition',
    ],
    [
      'volume data is not mounted: error processing PVC shop/data: PVC is not bound',
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC shop/data: PVC is not bound',
    ],
    ['something new', 'something new'],
  ])('%s', (words, message) => {
    expect(refusalOf(message).words).toContain(words);
    expect(refusalOf(message).remedy).not.toBe('');
  });

  it('nothing that a terminal would obey', () => {
    const said = refusalOf(
      'Multi-Attach error for volume "\u001b[2J" Volume is already used by pod(s) \u001b[1m',
    ).words;
    // oxlint-disable-next-line no-control-regex
    expect(said).not.toMatch(/\u001b/);
  });
});

describe('of several mounts that fail', () => {
  const says = (message: string): { readonly message: string } => ({ message });
  const whole = says(
    'Unable to attach or mount volumes: unmounted volumes=[s], unattached volumes=[]: timed out waiting for the condition',
  );
  const one = says('MountVolume.SetUp failed for volume "s" : secret "x" not found');

  it('the one that names its reason counts, not the sum that follows', () => {
    expect(tellingMount([one, whole])).toBe(one);
    expect(tellingMount([whole])).toBe(whole);
    expect(tellingMount([])).toBeUndefined();
  });
});
