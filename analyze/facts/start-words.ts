/** Why the kubelet or the attach controller refuses to start a pod, in their words and in ours. */
import { oneLine } from '../../src/core/text.ts';

export interface Refusal {
  /** Follows "cannot start: ". */
  readonly words: string;
  readonly remedy: string;
}

type Reader = (message: string) => Refusal | undefined;

/** Texts of pkg/kubelet/kuberuntime/security_context.go, pkg/volume/hostpath and the attach/detach controller. */
const READERS: readonly Reader[] = [
  (message) =>
    /runAsNonRoot and image will run as root/.test(message)
      ? {
          words: 'its image runs as root, which runAsNonRoot forbids',
          remedy: 'Set runAsUser to a number above 0, or build the image with a numeric USER.',
        }
      : undefined,
  (message) =>
    /image has non-numeric user/.test(message)
      ? {
          words: 'its image names its user in letters, which runAsNonRoot cannot verify',
          remedy: 'Set runAsUser to the number of that user, or build the image with a numeric USER.',
        }
      : undefined,
  (message) => {
    const [, volume] = /Multi-Attach error for volume "([^"]+)"/.exec(message) ?? [];
    return volume === undefined
      ? undefined
      : {
          words: `volume ${oneLine(volume).slice(0, 100)} is still attached to another node`,
          remedy:
            'End the pod that still uses it there; where that node is lost, see its VolumeAttachment. A rolling update of a ReadWriteOnce volume across nodes waits for itself: use strategy Recreate.',
        };
  },
  (message) => {
    const [, path, kind] = /hostPath type check failed: (\S+) is not an? (.+?)\.?$/.exec(message) ?? [];
    return path === undefined || kind === undefined
      ? undefined
      : {
          words: `hostPath ${oneLine(path).slice(0, 100)} is not a ${oneLine(kind).slice(0, 40)} on its node`,
          remedy: 'Make it on the node, correct the path, or set hostPath.type to DirectoryOrCreate.',
        };
  },
  (message) => {
    const [, volume, why] =
      /(?:MountVolume|MapVolume|AttachVolume)\.\S+ failed for volume "([^"]+)"\s*:\s*(.+)$/s.exec(message) ??
      [];
    return volume === undefined || why === undefined
      ? undefined
      : {
          words: `volume ${oneLine(volume).slice(0, 100)} fails: ${oneLine(why).slice(0, 160)}`,
          remedy: 'Read what the driver or the node says of the volume.',
        };
  },
];

export function refusalOf(message: string): Refusal {
  for (const read of READERS) {
    const refusal = read(message);
    if (refusal !== undefined) return refusal;
  }
  return {
    words: oneLine(message).slice(0, 200) || 'the kubelet does not say why',
    remedy: 'Read what the kubelet says in the Events of the pod.',
  };
}
