/** `services` and `service_ports`. */
import { isRecord } from '../../../src/core/json.ts';
import { fields, flag, integer, items, json, scalar, text } from '../read.ts';
import type { Table } from '../table.ts';

const table: Table = {
  id: 'services',
  resources: ['services'],
  start(out) {
    const add = out.insert('services', [
      'object_id',
      'namespace',
      'name',
      'type',
      'cluster_ip',
      'selector',
      'external_name',
      'publish_not_ready',
    ]);
    const addPort = out.insert('service_ports', [
      'object_id',
      'name',
      'port',
      'target_port',
      'protocol',
      'node_port',
      'app_protocol',
    ]);
    return (service, meta) => {
      const spec = fields(service['spec']);
      const selector = spec['selector'];
      // An empty selector is none: such a Service selects nothing and its EndpointSlices are kept by hand.
      const selects = isRecord(selector) && Object.keys(selector).length > 0;
      add(
        meta.id,
        meta.namespace ?? '',
        meta.name,
        text(spec['type']) ?? 'ClusterIP',
        text(spec['clusterIP']),
        selects ? json(selector) : null,
        text(spec['externalName']),
        flag(spec['publishNotReadyAddresses']),
      );
      for (const port of items(spec['ports'])) {
        const number = integer(port['port']);
        if (number === null) continue;
        addPort(
          meta.id,
          text(port['name']),
          number,
          // Unset means the port itself.
          scalar(port['targetPort']) ?? String(number),
          text(port['protocol']) ?? 'TCP',
          integer(port['nodePort']),
          text(port['appProtocol']),
        );
      }
    };
  },
};
export default table;
