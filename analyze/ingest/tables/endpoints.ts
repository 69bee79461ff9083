/** `endpoints`, one row an address and port of each EndpointSlice. */
import { fields, flag, integer, items, text, texts, type Fields } from '../read.ts';
import type { Table } from '../table.ts';

const NO_PORTS: readonly Fields[] = [{}];

const table: Table = {
  id: 'endpoints',
  resources: ['discovery.k8s.io/endpointslices'],
  start(out) {
    const add = out.bulk('endpoints', [
      'object_id',
      'namespace',
      'service',
      'address',
      'port_name',
      'port',
      'protocol',
      'ready',
      'serving',
      'terminating',
      'target_kind',
      'target_name',
      'node',
      'zone',
    ]);
    return (slice, meta) => {
      const service = text(fields(meta.metadata['labels'])['kubernetes.io/service-name']);
      const ports = items(slice['ports']);
      for (const endpoint of items(slice['endpoints'])) {
        const conditions = fields(endpoint['conditions']);
        // Kubernetes: a nil condition reads as true for ready and serving, as false for terminating.
        const ready = flag(conditions['ready'], true);
        const serving = flag(conditions['serving'], ready === 1);
        const target = fields(endpoint['targetRef']);
        for (const address of texts(endpoint['addresses'])) {
          for (const port of ports.length === 0 ? NO_PORTS : ports) {
            add(
              meta.id,
              meta.namespace ?? '',
              service,
              address,
              text(port['name']),
              integer(port['port']),
              ports.length === 0 ? null : (text(port['protocol']) ?? 'TCP'),
              ready,
              serving,
              flag(conditions['terminating']),
              text(target['kind']),
              text(target['name']),
              text(endpoint['nodeName']),
              text(endpoint['zone']),
            );
          }
        }
      }
    };
  },
};
export default table;
