/** Addresses kept by hand that miss their Service: they are joined to it by its name alone. */
import { nearestName } from '../../../src/k8s/near-miss.ts';
import { items, text } from '../../ingest/read.ts';
import { kubectl } from '../commands.ts';
import type { Facts } from '../facts.ts';
import { dig, type StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';

/** https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ownership */
export const SERVICE_NAME = 'kubernetes.io/service-name';

export interface Stray {
  readonly object: StoredObject;
  /** Of the field that says the other name. */
  readonly path: string;
  readonly said: string;
  /** Follows `Service shop/db has no selector, and`. */
  readonly words: string;
  readonly mend: string;
  readonly commands: readonly string[];
}

/**
 * An EndpointSlice or Endpoints with addresses, for a name that no Service of the namespace has and that nearly is this one's.
 * Endpoints are mirrored only where a Service is called like them (pkg/controller/endpointslicemirroring).
 */
export function strayed(facts: Facts, { namespace, name }: ServiceFact): Stray | undefined {
  const meant = (said: string): boolean =>
    said !== '' && facts.services.named(namespace, said) === undefined && alike(said, name);
  for (const object of facts.list('discovery.k8s.io/endpointslices')) {
    if (object.ref.namespace !== namespace) continue;
    const body = facts.body(object);
    const said = text(dig(body, 'metadata', 'labels', SERVICE_NAME)) ?? '';
    if (!meant(said) || items(dig(body, 'endpoints')).length === 0) continue;
    return {
      object,
      path: `metadata.labels["${SERVICE_NAME}"]`,
      said,
      words: `EndpointSlice ${object.ref.name} is labelled for ${said}, which is no Service`,
      mend: `Let the label ${SERVICE_NAME} of the EndpointSlice say ${name}.`,
      commands: [
        kubectl(
          namespace,
          'label',
          'endpointslice',
          object.ref.name,
          '--overwrite',
          `${SERVICE_NAME}=${name}`,
        ),
      ],
    };
  }
  for (const object of facts.list('endpoints')) {
    const said = object.ref.name;
    if (object.ref.namespace !== namespace || !meant(said)) continue;
    if (!items(dig(facts.body(object), 'subsets')).some((one) => items(one['addresses']).length > 0))
      continue;
    return {
      object,
      path: 'metadata.name',
      said,
      words: `the Endpoints with addresses are called ${said}, which is no Service`,
      mend: `Make the Endpoints anew under the name ${name}, or better an EndpointSlice with the label ${SERVICE_NAME}.`,
      commands: [],
    };
  }
  return undefined;
}

/** `legacydb` is meant for `legacy-db`: by case, a slip or a version, or but for the separators. */
function alike(said: string, name: string): boolean {
  const plain = (one: string): string => one.toLowerCase().replaceAll(/[-_.]/g, '');
  return plain(said) === plain(name) || nearestName(said, [name]) !== undefined;
}
