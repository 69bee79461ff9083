/** Keys of ConfigMaps and Secrets that are not there and keep no container from starting, which dies of their absence then. */
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { ContainerRow } from '../rows.ts';
import { deathOf } from './deaths.ts';
import { isLooping } from './looping.ts';
import type { Missing } from './missing-config.ts';

export interface SilentlyMissing {
  readonly missing: Missing;
  readonly container: ContainerRow;
  /** What becomes of it, as a sentence. */
  readonly words: string;
}

type Keys = (kind: 'ConfigMap' | 'Secret', name: string) => readonly string[] | undefined;

/**
 * Of a container that dies again and again. `keys` gives those of an object that is there, undefined where none is known.
 * Needs what `deathOf` needs.
 */
export function silentlyMissing(facts: Facts, pod: PodFact, keys: Keys): SilentlyMissing | undefined {
  for (const row of facts.troubled(pod)) {
    if (!isLooping(row, facts.clock.endedAt)) continue;
    const spec = fields(facts.body(pod)['spec']);
    if (!mayLackKeys(spec)) continue;
    const death = deathOf(facts, pod, row);
    const said = [row.last_message ?? '', row.message ?? '', ...death.lines.map((line) => line.text)].join(
      '\n',
    );
    const list = row.type === 'app' ? 'containers' : 'initContainers';
    const container = items(spec[list]).find(({ name }) => name === row.name) ?? {};
    const place = `spec.${list}[${row.name}]`;
    const found = asDirectory(spec, container, place, said, keys) ?? leftUnset(container, place, said, keys);
    if (found !== undefined) return { ...found, container: row };
  }
  return undefined;
}

/** Whether a subPath or an optional key is named at all: what the container said need not be read for the rest. */
function mayLackKeys(spec: Fields): boolean {
  return [...items(spec['containers']), ...items(spec['initContainers'])].some(
    (container) =>
      items(container['volumeMounts']).some(({ subPath }) => subPath !== undefined) ||
      items(container['env']).some(({ valueFrom }) => valueFrom !== undefined),
  );
}

type Found = Omit<SilentlyMissing, 'container'>;

/**
 * A subPath that a volume does not have is made, as a directory (pkg/volume/util/subpath, SafeMakeDir): of a ConfigMap or Secret that
 * is a key which is not there. A program that reads it as a file says so.
 */
function asDirectory(
  spec: Fields,
  container: Fields,
  place: string,
  said: string,
  keys: Keys,
): Found | undefined {
  for (const mount of items(container['volumeMounts'])) {
    const subPath = text(mount['subPath']);
    const path = text(mount['mountPath']) ?? '';
    const volume = items(spec['volumes']).find(({ name }) => name === mount['name']);
    const kind = dig(volume, 'configMap') === undefined ? 'Secret' : 'ConfigMap';
    const source = dig(volume, kind === 'Secret' ? 'secret' : 'configMap');
    const name = text(dig(source, 'name')) ?? text(dig(source, 'secretName'));
    if (subPath === null || subPath.includes('/') || name === null || dig(source, 'items') !== undefined)
      continue;
    const there = keys(kind, name);
    if (there === undefined || there.includes(subPath)) continue;
    if (!said.includes(path) && !/is a directory|not a directory|EISDIR/i.test(said)) continue;
    return {
      missing: { kind, name, key: subPath, place: `${place}.volumeMounts[${path}].subPath` },
      words: `A subPath that is not in its volume is made as an empty directory, so ${path} is no file.`,
    };
  }
  return undefined;
}

/** A variable from a key that is not there, and optional, is left out; the program names it when it dies. */
function leftUnset(container: Fields, place: string, said: string, keys: Keys): Found | undefined {
  for (const one of items(container['env'])) {
    const variable = text(one['name']) ?? '';
    const ref = dig(one, 'valueFrom', 'configMapKeyRef') === undefined ? 'secretKeyRef' : 'configMapKeyRef';
    const from = dig(one, 'valueFrom', ref);
    const [name, key] = [text(dig(from, 'name')), text(dig(from, 'key'))];
    if (dig(from, 'optional') !== true || name === null || key === null) continue;
    const kind = ref === 'secretKeyRef' ? 'Secret' : 'ConfigMap';
    if (keys(kind, name)?.includes(key) !== false) continue;
    // Any printable ASCII but `=` is a name (https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/).
    const word = variable.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (word === '' || !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(said)) continue;
    return {
      missing: { kind, name, key, place: `${place}.env[${variable}].valueFrom.${ref}` },
      words: `The reference is optional, so ${variable} is left unset, and its last words name it.`,
    };
  }
  return undefined;
}
