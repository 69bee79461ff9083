/** `routes`, one row a hostname, parent and backend of each Gateway API route. */
import { fields, integer, items, text, texts } from '../read.ts';
import type { Table } from '../table.ts';

const GROUP = 'gateway.networking.k8s.io';

const table: Table = {
  id: 'routes',
  resources: ['httproutes', 'grpcroutes', 'tcproutes', 'tlsroutes', 'udproutes'].map(
    (plural) => `${GROUP}/${plural}`,
  ),
  start(out) {
    const add = out.insert('routes', [
      'object_id',
      'kind',
      'namespace',
      'name',
      'hostname',
      'parent',
      'backend_kind',
      'backend_namespace',
      'backend_name',
      'backend_port',
    ]);
    return (route, meta) => {
      const spec = fields(route['spec']);
      const hostnames = texts(spec['hostnames']);
      const parents = items(spec['parentRefs']).map((parent) => {
        const namespace = text(parent['namespace']) ?? meta.namespace ?? '';
        const section = text(parent['sectionName']);
        return `${text(parent['kind']) ?? 'Gateway'}/${namespace}/${text(parent['name']) ?? ''}${section === null ? '' : `#${section}`}`;
      });
      const backends = items(spec['rules']).flatMap((rule) => items(rule['backendRefs']));
      for (const hostname of hostnames.length === 0 ? [null] : hostnames) {
        for (const parent of parents.length === 0 ? [null] : parents) {
          for (const backend of backends) {
            add(
              meta.id,
              meta.kind,
              meta.namespace ?? '',
              meta.name,
              hostname,
              parent,
              text(backend['kind']) ?? 'Service',
              text(backend['namespace']) ?? meta.namespace,
              text(backend['name']),
              integer(backend['port']),
            );
          }
        }
      }
    };
  },
};
export default table;
