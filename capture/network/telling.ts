/** What tells which Services to look at first: edges that lead to them, and warnings about them and their pods. */
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import { listOf, textOf } from './read.ts';
import type { Telling } from './port-targets.ts';

/** Enough to rank by; an outage of thousands of objects is told by any of them. */
const MOST_WARNED = 5000;

export interface TellingDigest extends Telling {
  observe(resource: string, object: JsonRecord): void;
  wants(resource: string): boolean;
}

/** Looks at Events, Ingresses and routes of the Gateway API as they stream past. */
export function createTelling(): TellingDigest {
  const behindEdge = new Set<string>();
  const warned = new Set<string>();
  const route = (object: JsonRecord): void => {
    const own = textOf(asRecord(object['metadata'])['namespace']);
    for (const rule of listOf(asRecord(object['spec'])['rules'])) {
      for (const backend of listOf(rule['backendRefs'])) {
        if ((textOf(backend['kind']) || 'Service') === 'Service')
          behindEdge.add(`${textOf(backend['namespace']) || own}/${textOf(backend['name'])}`);
      }
    }
  };
  const takers: Readonly<Record<string, (object: JsonRecord) => void>> = {
    events(object) {
      if (object['type'] !== 'Warning' || warned.size >= MOST_WARNED) return;
      const about = asRecord(object['involvedObject']);
      warned.add(`${textOf(about['namespace'])}/${textOf(about['name'])}`);
    },
    'networking.k8s.io/ingresses'(object) {
      const namespace = textOf(asRecord(object['metadata'])['namespace']);
      const spec = asRecord(object['spec']);
      const paths = listOf(spec['rules']).flatMap((rule) => listOf(asRecord(rule['http'])['paths']));
      const backends = [asRecord(spec['defaultBackend']), ...paths.map((path) => asRecord(path['backend']))];
      for (const backend of backends) {
        const name = textOf(asRecord(backend['service'])['name']);
        if (name !== '') behindEdge.add(`${namespace}/${name}`);
      }
    },
    'gateway.networking.k8s.io/httproutes': route,
    'gateway.networking.k8s.io/grpcroutes': route,
    'gateway.networking.k8s.io/tcproutes': route,
    'gateway.networking.k8s.io/tlsroutes': route,
  };
  return {
    behindEdge,
    warned,
    observe: (resource, object) => takers[resource]?.(object),
    wants: (resource) => Object.hasOwn(takers, resource),
  };
}
