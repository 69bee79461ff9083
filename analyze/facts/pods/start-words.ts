/** Why the kubelet, the runtime or the attach controller refuses to start a pod, in their words and in ours. */
import { oneLine } from '../../../src/core/text.ts';
import { DRIVER_MISSING } from './csi-drivers.ts';

export interface Refusal {
  /** Follows "cannot start: ". */
  readonly words: string;
  readonly remedy: string;
}

/** What a form found, safe to show and not too long. */
type Found = (group: number) => string;

type Reader = readonly [form: RegExp, words: (found: Found) => string, remedy: string];

const COMMAND = 'Correct command and args, or put the program into the image.';

/** What runc and crun say when they cannot make the process (libcontainer, crun's container.c), handed on by the runtimes. */
const PROCESS: readonly Reader[] = [
  [
    /exec: "([^"]+)": (?:stat [^:]+: no such file or directory|executable file not found in \$PATH)/,
    (found) => `its command ${found(1)} is not in the image`,
    COMMAND,
  ],
  [
    /executable file [`"]?([^\s`"]+)[`"]? not found/,
    (found) => `its command ${found(1)} is not in the image`,
    COMMAND,
  ],
  [
    /exec: "([^"]+)": permission denied/,
    (found) => `its command ${found(1)} may not be executed`,
    'Make the file executable in the image, or run as a user who may.',
  ],
  [
    /no command specified/,
    () => 'it has no command: neither its image nor its spec names one',
    'Set command, or an ENTRYPOINT or CMD in the image.',
  ],
  [
    /error mounting "[^"]*" to rootfs at "([^"]+)".{0,2000}not a directory/s,
    (found) => `a file is mounted onto a directory, or a directory onto a file, at ${found(1)}`,
    'Correct mountPath and subPath: a key that is not in the ConfigMap or Secret becomes a directory.',
  ],
  [
    /container init was OOM-killed/,
    () => 'its memory limit is too small even to start it',
    'Raise the memory limit: a runtime needs some megabytes for itself.',
  ],
  [
    /chdir to cwd \("([^"]+)"\)/,
    (found) => `its working directory ${found(1)} cannot be entered`,
    'Correct workingDir, or make it in the image for the user that the container runs as.',
  ],
  [
    /unable to find (user|group) ([^\s:]+): no matching entries/,
    (found) => `its ${found(1)} ${found(2)} is not in the image`,
    'Set runAsUser and runAsGroup to numbers, or make them in the image.',
  ],
  [
    /path "([^"]+)" is mounted on "[^"]*" but it is not a (shared|slave)/,
    (found) =>
      `${found(1)} is mounted with a propagation that its node does not allow (it is not ${found(2)})`,
    'Leave mountPropagation out, or share the mount on the node.',
  ],
  [
    /cannot load seccomp profile "([^"]+)"/,
    (found) => `its seccomp profile ${found(1)} is not on its node`,
    'Put the profile onto the nodes, or use RuntimeDefault.',
  ],
  [
    /container operating system does not match the host operating system/,
    () => 'its image is of another build of Windows than its node',
    'Use an image of the build of the nodes, or keep the pods to nodes of its build (node.kubernetes.io/windows-build).',
  ],
  [
    /unresolvable CDI devices ([^\s:]+)/,
    (found) => `device ${found(1)} is not known on its node`,
    'Look at the device plugin or DRA driver of the node, and the specifications that it writes for the runtime.',
  ],
];

/** Sandboxes that a runtime does not make, whatever network there is (containerd's internal/cri/server, CRI-O's). */
const SANDBOX: readonly Reader[] = [
  [
    /failed to get sandbox image "([^"]+)"/,
    (found) => `its node has no image for sandboxes (${found(1)})`,
    "Bring the sandbox's image (pause) to the node, or correct it in the runtime's configuration there.",
  ],
  [
    /no runtime for "([^"]+)" is configured|failed to find runtime handler (\S+)/,
    (found) => `its node does not have the runtime ${found(1) || found(2)} that its RuntimeClass names`,
    "Configure that handler in the node's runtime, correct spec.runtimeClassName, or let the RuntimeClass choose nodes that have it (scheduling.nodeSelector).",
  ],
  [
    /failed to reserve sandbox name|create pod sandbox: .{0,80}context deadline exceeded/s,
    () => 'the runtime of its node does not get a sandbox done in time',
    "Look at the node: its load, its disk, and the runtime's log there.",
  ],
];

/** Texts of pkg/kubelet (kuberuntime/security_context, kubelet_pods), pkg/volume, the attach/detach controller, the runtimes. */
const READERS: readonly Reader[] = [
  [
    /runAsNonRoot and image will run as root/,
    () => 'its image runs as root, which runAsNonRoot forbids',
    'Set runAsUser to a number above 0, or build the image with a numeric USER.',
  ],
  [
    /image has non-numeric user/,
    () => 'its image names its user in letters, which runAsNonRoot cannot verify',
    'Set runAsUser to the number of that user, or build the image with a numeric USER.',
  ],
  [
    /runAsUser breaks non-root policy/,
    () => 'runAsUser is 0, which runAsNonRoot forbids',
    'Set runAsUser to a number above 0, or leave runAsNonRoot out.',
  ],
  [
    /Multi-Attach error for volume "([^"]+)"(?:.*used by pod\(s\) (.{1,300}))?/s,
    (found) =>
      `volume ${found(1)} is still attached to another node${found(2) === '' ? '' : `, where ${found(2)} uses it`}`,
    'End the pod that still uses it there; where that node is lost, see its VolumeAttachment. A rolling update of a ReadWriteOnce volume across nodes waits for itself: use strategy Recreate.',
  ],
  [
    /hostPath type check failed: (\S+) is not an? ([^.]+)/,
    (found) => `hostPath ${found(1)} is not a ${found(2)} on its node`,
    'Make it on the node, correct the path, or set hostPath.type to DirectoryOrCreate.',
  ],
  [
    DRIVER_MISSING,
    (found) => `CSI driver ${found(1) || found(2)} does not run on its node`,
    'Look at the DaemonSet of the driver: its pod must run on that node and have registered with the kubelet.',
  ],
  [
    /failed to reserve container name|error reserving ctr name|container name "[^"]*" is already in use/,
    () => 'the runtime still works on an earlier try to make it',
    'Look at the node: its disk or its runtime is too slow. It starts by itself once the first try is through.',
  ],
  ...SANDBOX,
  ...PROCESS,
  [
    /services have not yet been read at least once/,
    () => 'the kubelet of its node has not read the Services yet',
    'Look at whether that kubelet reaches the API server.',
  ],
  [
    /unknown filesystem type '([^']+)'|you might need a \/sbin\/mount\.(\S+) helper program/,
    (found) => `its node cannot mount ${found(1) || found(2).replace(/^<type>$/, 'that type')}`,
    'Install the helper of that file system on the nodes (nfs-common or nfs-utils, cifs-utils), or keep the pods to nodes that have it.',
  ],
  [
    /failed to (?:prepare|create) subPath (?:directory )?for volumeMount "([^"]+)"/,
    (found) => `subPath of volumeMount ${found(1)} cannot be used`,
    'Correct subPath: it must lie within the volume, and the kubelet must be able to make or enter it.',
  ],
  [
    /(?:MountVolume|MapVolume|AttachVolume)\.[^"]{1,60} failed for volume "([^"]+)"\s*:\s*(.+)$/s,
    (found) => `volume ${found(1)} fails: ${found(2)}`,
    'Read what the driver or the node says of the volume.',
  ],
  [
    /unmounted volumes=\[([^\]]*)\].*\]: (.+)$/s,
    (found) => `volume ${found(1).replaceAll(' ', ', ')} is not mounted: ${found(2)}`,
    'Read what the Events of the pod and of its claims say before: this only sums them up.',
  ],
  // Within a container's own root only what is mounted there is read-only then: its root is made to be written to.
  [
    /(?:\/merged|\/rootfs)(\/[^\s:"\\]{1,300})["\\]{0,10}: read-only file system/,
    (found) => `${found(1)} cannot be made within a volume that is mounted read-only`,
    'Mount it outside of that volume, or leave readOnly out of the mount around it; of a ConfigMap or Secret, which always is, mount single files by subPath.',
  ],
  // What lies in a volume is of the volume, which may be mounted so on purpose.
  [
    /\/var\/lib\/(?:containerd|containers|docker|kubelet|rancher)\/(?:(?!\/volumes\/[^/]+\/[^/]+\/(?!mount:))[^:]){1,300}: read-only file system/,
    () => 'the disk of its node can only be read',
    'The kernel has found faults on that disk, most often: drain the node, and replace it or repair the disk.',
  ],
  [
    /no space left on device/,
    () => 'the disk of its node is full',
    'Free the disk of the node: images, logs, emptyDirs.',
  ],
  [
    /^(?:rpc error: code = \w+ desc = )?context deadline exceeded$/,
    () => 'the runtime did not make it in time (context deadline exceeded)',
    'Look at the node: its disk or its runtime is too slow.',
  ],
  [
    /create pod sandbox: (?:rpc error: code = \w+ desc = )?(.+)$/s,
    (found) => `the runtime makes no sandbox for it: ${found(1)}`,
    "Read the runtime's log on its node.",
  ],
];

/** Of a message only so much is read: a runtime hands on what it likes. */
const READ = 8000;

export function refusalOf(message: string): Refusal {
  return (
    read(message, READERS) ?? {
      words: oneLine(message).slice(0, 200) || 'the kubelet does not say why',
      remedy: 'Read what the kubelet says in the Events of the pod.',
    }
  );
}

/** What a runtime says of a program that it could not start; undefined for anything else. */
export function startRefusal(message: string): Refusal | undefined {
  return read(message, PROCESS);
}

function read(message: string, readers: readonly Reader[]): Refusal | undefined {
  const text = message.slice(0, READ).replaceAll('\\"', '"');
  for (const [form, words, remedy] of readers) {
    const match = form.exec(text);
    if (match === null) continue;
    return { words: words((group) => oneLine(told(match[group] ?? '')).slice(0, 160)), remedy };
  }
  return undefined;
}

/** Of what a driver says the end that tells: mount's own output, and what stands behind the code of a call. */
function told(found: string): string {
  const output = found.lastIndexOf('Output: ');
  return (output < 0 ? found : found.slice(output + 'Output: '.length))
    .replace(/^(?:rpc error: code = \w+ desc = )+/, '')
    .trim();
}

/** The kubelet sums up every two minutes which volumes it still waits for, and says nothing of why. */
const SUM = /^Unable to attach or mount volumes: /;

/** Of Events about mounts, oldest first, the latest that names a reason; the sum where there is no other. */
export function tellingMount<One extends { readonly message: string | null }>(
  events: readonly One[],
): One | undefined {
  return events.findLast(({ message }) => !SUM.test(message ?? '')) ?? events.at(-1);
}
