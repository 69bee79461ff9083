/** Which workloads and bare pods use a ConfigMap, Secret or PersistentVolumeClaim, and where their template says so. */
import type { ObjectRef } from '../../src/core/ids.ts';
import { fields, items, type Fields } from '../ingest/read.ts';
import type { AllFacts } from './facts.ts';
import { dig, type StoredObject } from './read.ts';

/** One place where a pod template refers to an object by name. */
export interface Use {
  readonly kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim';
  readonly name: string;
  /** Within the pod's spec: `containers[0].envFrom[1].configMapRef`. */
  readonly path: string;
  /** The one key that is read; undefined: all of it. */
  readonly key: string | undefined;
  /** The pod starts without it. */
  readonly optional: boolean;
}

/** The workloads and bare pods of the object's namespace that use it. */
export function usersOf(
  facts: Pick<AllFacts, 'workloads' | 'pods' | 'objects'>,
  ref: ObjectRef,
): StoredObject[] {
  const namespace = ref.namespace ?? '';
  const makers = facts.workloads.in(namespace).filter((one) => facts.workloads.isOutermost(one));
  const bare = facts.pods.in(namespace).filter(({ owner }) => owner === undefined);
  return [...makers, ...bare].filter((object) =>
    usesIn(podSpecOf(object, facts.objects.body(object))).some(
      ({ kind, name }) => kind === ref.kind && name === ref.name,
    ),
  );
}

/** The pod spec within a pod, a CronJob, or a workload with a template. */
export function podSpecOf({ ref }: StoredObject, body: Fields): Fields {
  if (ref.kind === 'Pod') return fields(body['spec']);
  const outer = ref.kind === 'CronJob' ? dig(body, 'spec', 'jobTemplate') : body;
  return fields(dig(outer, 'spec', 'template', 'spec'));
}

/** Everything a pod spec refers to by name: environment, volumes (projected ones too), image pull secrets. */
export function usesIn(spec: Fields): Use[] {
  return [...fromContainers(spec), ...fromVolumes(spec), ...pullSecrets(spec)];
}

function use(kind: Use['kind'], name: unknown, path: string, of: Fields, key?: unknown): Use[] {
  if (typeof name !== 'string' || name === '') return [];
  return [
    { kind, name, path, key: typeof key === 'string' ? key : undefined, optional: of['optional'] === true },
  ];
}

function fromContainers(spec: Fields): Use[] {
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) =>
    items(spec[list]).flatMap((container, index) => {
      const at = `${list}[${index}]`;
      const env = items(container['env']).flatMap((entry, position) => {
        const from = fields(entry['valueFrom']);
        const path = `${at}.env[${position}].valueFrom`;
        const [map, secret] = [fields(from['configMapKeyRef']), fields(from['secretKeyRef'])];
        return [
          ...use('ConfigMap', map['name'], `${path}.configMapKeyRef`, map, map['key']),
          ...use('Secret', secret['name'], `${path}.secretKeyRef`, secret, secret['key']),
        ];
      });
      const whole = items(container['envFrom']).flatMap((entry, position) => {
        const path = `${at}.envFrom[${position}]`;
        const [map, secret] = [fields(entry['configMapRef']), fields(entry['secretRef'])];
        return [
          ...use('ConfigMap', map['name'], `${path}.configMapRef`, map),
          ...use('Secret', secret['name'], `${path}.secretRef`, secret),
        ];
      });
      return [...env, ...whole];
    }),
  );
}

function fromVolumes(spec: Fields): Use[] {
  return items(spec['volumes']).flatMap((volume, index) => {
    const at = `volumes[${index}]`;
    const projected = items(dig(volume, 'projected', 'sources')).map((source, position) => ({
      source,
      path: `${at}.projected.sources[${position}]`,
      secretName: 'name',
    }));
    const claim = fields(volume['persistentVolumeClaim']);
    return [
      ...use('PersistentVolumeClaim', claim['claimName'], `${at}.persistentVolumeClaim`, claim),
      ...[{ source: volume, path: at, secretName: 'secretName' }, ...projected].flatMap(
        ({ source, path, secretName }) => {
          const [map, secret] = [fields(source['configMap']), fields(source['secret'])];
          return [
            ...use('ConfigMap', map['name'], `${path}.configMap`, map),
            ...use('Secret', secret[secretName], `${path}.secret`, secret),
          ];
        },
      ),
    ];
  });
}

function pullSecrets(spec: Fields): Use[] {
  return items(spec['imagePullSecrets']).flatMap((entry, index) =>
    use('Secret', entry['name'], `imagePullSecrets[${index}]`, entry),
  );
}
