/** `nodes`. */
import { fields, flag, items, text } from '../read.ts';
import type { Table } from '../table.ts';

const table: Table = {
  id: 'nodes',
  resources: ['nodes'],
  start(out) {
    const add = out.insert('nodes', [
      'object_id',
      'name',
      'ready',
      'unschedulable',
      'kubelet_version',
      'internal_ip',
      'pod_cidr',
      'created_at',
    ]);
    return (node, meta) => {
      const spec = fields(node['spec']);
      const status = fields(node['status']);
      const ready = items(status['conditions']).find((condition) => condition['type'] === 'Ready');
      const internal = items(status['addresses']).find((address) => address['type'] === 'InternalIP');
      add(
        meta.id,
        meta.name,
        text(ready?.['status']),
        flag(spec['unschedulable']),
        text(fields(status['nodeInfo'])['kubeletVersion']),
        text(internal?.['address']),
        text(spec['podCIDR']),
        meta.createdAt,
      );
    };
  },
};
export default table;
