/** Names inside a bundle: the root folder, and paths that are safe to unpack anywhere. */
import type { BundleHeader } from './format.ts';

/** The last characters are kept of a longer name: in an ARN or a GKE name they tell clusters apart. */
const LONGEST_CLUSTER = 48;

/** `inquest-<cluster>-<YYYYMMDDTHHMMSSZ>`: the root folder of a bundle, and the stem of its default file name. */
export function bundleName(header: Pick<BundleHeader, 'cluster' | 'startedAt'>): string {
  const cluster = header.cluster.name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(-LONGEST_CLUSTER)
    .replace(/^[-.]+|[-.]+$/g, '');
  const at = new Date(header.startedAt);
  const time = Number.isNaN(at.getTime())
    ? 'unknown'
    : `${at.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  return `inquest-${cluster === '' ? 'cluster' : cluster}-${time}`;
}

/**
 * A path as it is written: components that are empty, `.` or `..` and characters outside printable ASCII (and `\`, `%`)
 * are percent-encoded, so that no name an API server gives can leave the folder or trip a reader.
 */
export function safePath(path: string): string {
  return path
    .split('/')
    .map((part) =>
      part === '' || part === '.' || part === '..'
        ? part.replace(/\./g, '%2E') || '%00'
        : part.replace(/[^\x20-\x7e]|[\\%]/gu, (char) =>
            Array.from(
              Buffer.from(char),
              (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
            ).join(''),
          ),
    )
    .join('/');
}

/** Why a path in an archive is refused; undefined when it stays inside its folder. A leading `./` is no harm. */
export function refusePath(path: string): string | undefined {
  if (path === '') return 'its name is empty';
  if (path.length > 4096) return 'its name is longer than 4096 characters';
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return 'its path is absolute';
  if (path.includes('\0')) return 'its name holds a NUL';
  if (path.split(/[\\/]/).includes('..')) return 'its path leaves the folder (..)';
  return undefined;
}

/** Without `./`, double and trailing slashes. */
export function tidyPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
