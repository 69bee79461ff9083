/** What tells which Services to look at first: edges that lead to them, and warnings about them and their pods. */
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import { listOf, stringsOf, textOf } from './read.ts';
import type { Telling } from './port-targets.ts';

/** Enough to rank by; an outage of thousands of objects is told by any of them. */
const MOST_WARNED = 5000;

export interface TellingDigest extends Telling {
  observe(resource: string, object: JsonRecord): void;
  wants(resource: string): boolean;
}

/** Looks at Events, Services, Ingresses and routes of the Gateway API as they stream past. */
export function createTelling(): TellingDigest {
  const behindEdge = new Set<string>();
  const byHost = new Map<string, Set<string>>();
  const warned = new Set<string>();
  const lead = (hosts: readonly string[], service: string): void => {
    behindEdge.add(service);
    for (const host of hosts) byHost.set(host, (byHost.get(host) ?? new Set()).add(service));
  };
  const route = (object: JsonRecord): void => {
    const own = textOf(asRecord(object['metadata'])['namespace']);
    const spec = asRecord(object['spec']);
    for (const rule of listOf(spec['rules'])) {
      for (const backend of listOf(rule['backendRefs'])) {
        if ((textOf(backend['kind']) || 'Service') === 'Service')
          lead(
            stringsOf(spec['hostnames']),
            `${textOf(backend['namespace']) || own}/${textOf(backend['name'])}`,
          );
      }
    }
  };
  const takers: Readonly<Record<string, (object: JsonRecord) => void>> = {
    events(object) {
      if (object['type'] !== 'Warning' || warned.size >= MOST_WARNED) return;
      const about = asRecord(object['involvedObject']);
      warned.add(`${textOf(about['namespace'])}/${textOf(about['name'])}`);
    },
    services(object) {
      const { namespace, name } = asRecord(object['metadata']);
      const spec = asRecord(object['spec']);
      if (spec['type'] === 'LoadBalancer' || stringsOf(spec['externalIPs']).length > 0)
        lead([], `${textOf(namespace)}/${textOf(name)}`);
    },
    'networking.k8s.io/ingresses'(object) {
      const namespace = textOf(asRecord(object['metadata'])['namespace']);
      const spec = asRecord(object['spec']);
      const leads = (hosts: readonly string[], backend: unknown): void => {
        const name = textOf(asRecord(asRecord(backend)['service'])['name']);
        if (name !== '') lead(hosts, `${namespace}/${name}`);
      };
      leads([], spec['defaultBackend']);
      for (const rule of listOf(spec['rules'])) {
        const hosts = [textOf(rule['host'])].filter((host) => host !== '');
        for (const path of listOf(asRecord(rule['http'])['paths'])) leads(hosts, path['backend']);
      }
    },
    'gateway.networking.k8s.io/httproutes': route,
    'gateway.networking.k8s.io/grpcroutes': route,
    'gateway.networking.k8s.io/tcproutes': route,
    'gateway.networking.k8s.io/tlsroutes': route,
    'gateway.networking.k8s.io/udproutes': route,
  };
  return {
    behindEdge,
    byHost,
    warned,
    observe: (resource, object) => takers[resource]?.(object),
    wants: (resource) => Object.hasOwn(takers, resource),
  };
}
