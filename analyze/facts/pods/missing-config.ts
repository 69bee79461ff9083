/** What the kubelet says is missing when it makes a container: which object, which key, and where the pod names it. */
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import { dig } from '../read.ts';

export interface Missing {
  readonly kind: 'ConfigMap' | 'Secret' | 'ServiceAccount';
  readonly name: string;
  readonly key?: string;
  /** Where the pod names it: `spec.containers[0].env[2].valueFrom.configMapKeyRef`. */
  readonly place?: string;
}

/** Reads a container's waiting message or an Event's; undefined when nothing of this kind is missing. */
export function missingIn(message: string, pod: Fields): Missing | undefined {
  const found = named(message) ?? keyed(message) ?? mounted(message, pod);
  if (found === undefined) return undefined;
  const place = placeOf(found, pod);
  return place === undefined ? found : { ...found, place };
}

const KINDS = { configmap: 'ConfigMap', secret: 'Secret', serviceaccount: 'ServiceAccount' } as const;

function kindOf(word: string): Missing['kind'] {
  const lower = word.toLowerCase().replace(/s$/, '');
  return lower === 'secret' || lower === 'serviceaccount' ? KINDS[lower] : 'ConfigMap';
}

/** `configmap "x" not found`, `secrets "x" not found`. */
function named(message: string): Missing | undefined {
  const match = /\b(configmaps?|secrets?|serviceaccounts?) "([^"]+)" not found/i.exec(message);
  const [, kind, name] = match ?? [];
  if (kind === undefined || name === undefined) return undefined;
  return { kind: kindOf(kind), name: name.slice(name.lastIndexOf('/') + 1) };
}

/** `couldn't find key a in ConfigMap shop/x`. */
function keyed(message: string): Missing | undefined {
  const match = /couldn't find key (\S+) in (ConfigMap|Secret) [^/\s]+\/(\S+)/i.exec(message);
  const [, key, kind, name] = match ?? [];
  if (key === undefined || kind === undefined || name === undefined) return undefined;
  return { kind: kindOf(kind), name: name.replace(/["'.,]+$/, ''), key };
}

/** `MountVolume.SetUp failed for volume "v" : references non-existent secret key: k`. */
function mounted(message: string, pod: Fields): Missing | undefined {
  const match = /volume "([^"]+)".*references non-existent (config|secret) key: (\S+)/.exec(message);
  const [, volume, kind, key] = match ?? [];
  if (volume === undefined || kind === undefined || key === undefined) return undefined;
  const spec = items(fields(pod['spec'])['volumes']).find(({ name }) => name === volume);
  const name =
    kind === 'config' ? text(dig(spec, 'configMap', 'name')) : text(dig(spec, 'secret', 'secretName'));
  const projected = items(dig(spec, 'projected', 'sources')).find((source) =>
    items(dig(source, kind === 'config' ? 'configMap' : 'secret', 'items')).some((one) => one['key'] === key),
  );
  const found = name ?? text(dig(projected, kind === 'config' ? 'configMap' : 'secret', 'name'));
  return found === null ? undefined : { kind: kind === 'config' ? 'ConfigMap' : 'Secret', name: found, key };
}

function placeOf(missing: Missing, pod: Fields): string | undefined {
  const spec = fields(pod['spec']);
  if (missing.kind === 'ServiceAccount') return 'spec.serviceAccountName';
  const ref = missing.kind === 'ConfigMap' ? 'configMapKeyRef' : 'secretKeyRef';
  const from = missing.kind === 'ConfigMap' ? 'configMapRef' : 'secretRef';
  for (const list of ['containers', 'initContainers']) {
    for (const container of items(spec[list])) {
      const at = `spec.${list}[${text(container['name']) ?? ''}]`;
      const env = items(container['env']).find(
        (one) =>
          dig(one, 'valueFrom', ref, 'name') === missing.name &&
          (missing.key === undefined || dig(one, 'valueFrom', ref, 'key') === missing.key),
      );
      if (env !== undefined) return `${at}.env[${text(env['name']) ?? ''}].valueFrom.${ref}`;
      const whole = items(container['envFrom']).findIndex((one) => dig(one, from, 'name') === missing.name);
      if (whole >= 0) return `${at}.envFrom[${whole}].${from}`;
    }
  }
  const volume = items(spec['volumes']).find(
    (one) =>
      dig(one, 'configMap', 'name') === missing.name || dig(one, 'secret', 'secretName') === missing.name,
  );
  return volume === undefined ? undefined : `spec.volumes[${text(volume['name']) ?? ''}]`;
}
