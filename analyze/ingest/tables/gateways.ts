/** `gateways`, one row a listener. */
import { fields, integer, items, text } from '../read.ts';
import type { Table } from '../table.ts';

const table: Table = {
  id: 'gateways',
  resources: ['gateway.networking.k8s.io/gateways'],
  start(out) {
    const add = out.insert('gateways', [
      'object_id',
      'namespace',
      'name',
      'class',
      'listener',
      'hostname',
      'port',
      'protocol',
    ]);
    return (gateway, meta) => {
      const spec = fields(gateway['spec']);
      for (const listener of items(spec['listeners'])) {
        add(
          meta.id,
          meta.namespace ?? '',
          meta.name,
          text(spec['gatewayClassName']),
          text(listener['name']),
          text(listener['hostname']),
          integer(listener['port']),
          text(listener['protocol']),
        );
      }
    };
  },
};
export default table;
