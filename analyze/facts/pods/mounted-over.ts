/** Volumes in the way of a program: one mounted over it hides it, and a file out of a ConfigMap or Secret has the mode it is given. */
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import { dig } from '../read.ts';
import { containerNamed } from './containers.ts';
import type { Refusal } from './start-words.ts';

/** Where images keep their programs (PATH of the runtimes, when an image sets none). */
const PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const EXEC =
  /exec: \\?"([^"\\]+)\\?": (stat [^:]+: no such file|executable file not found|permission denied)/;

/** Reads what the runtime says of a command that it cannot start, where a volume of the container is why. */
export function mountedOver(said: string, pod: Fields, container: string): Refusal | undefined {
  const [, command = '', why = ''] = EXEC.exec(said) ?? [];
  const spec = fields(pod['spec']);
  // Of mounts within mounts the innermost has the file.
  const [mount] = items(containerNamed(pod, container)?.['volumeMounts'])
    .filter(({ mountPath }) => covers(text(mountPath) ?? '', command))
    .toSorted((a, b) => (text(b['mountPath']) ?? '').length - (text(a['mountPath']) ?? '').length);
  if (mount === undefined) return undefined;
  const called = text(mount['name']) ?? '';
  const path = text(mount['mountPath']) ?? '';
  if (why === 'permission denied') {
    const volume = items(spec['volumes']).find(({ name }) => name === called);
    const of = ['configMap', 'secret', 'projected'].find((kind) => dig(volume, kind) !== undefined);
    if (of === undefined || mayBeRun(fields(dig(volume, of)))) return undefined;
    return {
      words: `its command ${command} may not be executed: it is a file of volume ${called}, whose defaultMode does not allow that`,
      remedy: `Set ${of}.defaultMode of volume ${called} to 0755, or run the file by its interpreter.`,
    };
  }
  return {
    words: `its command ${command} is not there: volume ${called}, mounted at ${path}, does not have it and hides what the image has`,
    remedy: 'Mount the volume elsewhere, or single files of it by subPath.',
  };
}

/** Where nothing sets a mode, a file of a ConfigMap or Secret has 0644 (core/v1, defaultMode). */
const MODE = 0o644;

/** Whether some file of the volume has a bit that lets it be executed: then its mode need not be why it is not. */
function mayBeRun(source: Fields): boolean {
  const files = [
    source,
    ...items(source['sources']).flatMap((one) => [dig(one, 'configMap'), dig(one, 'secret')]),
  ];
  const modes = files.flatMap((one) => items(dig(one, 'items')).map(({ mode }) => mode));
  return [source['defaultMode'] ?? MODE, ...modes].some(
    (mode) => typeof mode === 'number' && (mode & 0o111) !== 0,
  );
}

/** Whether a file lies below a mount; a bare name may lie wherever programs do. */
function covers(mountPath: string, command: string): boolean {
  const at = mountPath.replace(/\/+$/, '');
  if (at === '') return false;
  return command.startsWith('/')
    ? command === at || command.startsWith(`${at}/`)
    : PATHS.includes(at) || at === '/usr';
}
