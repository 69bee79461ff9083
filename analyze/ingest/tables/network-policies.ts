/** `network_policies`. */
import { fields, json, texts } from '../read.ts';
import type { Table } from '../table.ts';

const table: Table = {
  id: 'network-policies',
  resources: ['networking.k8s.io/networkpolicies'],
  start(out) {
    const add = out.insert('network_policies', [
      'object_id',
      'namespace',
      'name',
      'pod_selector',
      'policy_types',
      'ingress',
      'egress',
    ]);
    return (policy, meta) => {
      const spec = fields(policy['spec']);
      const declared = texts(spec['policyTypes']);
      // NetworkPolicySpec.policyTypes: unset means Ingress, and Egress too where there are egress rules.
      const defaulted =
        Array.isArray(spec['egress']) && spec['egress'].length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
      add(
        meta.id,
        meta.namespace ?? '',
        meta.name,
        json(fields(spec['podSelector'])) ?? '{}',
        JSON.stringify(declared.length > 0 ? declared : defaulted),
        json(spec['ingress']),
        json(spec['egress']),
      );
    };
  },
};
export default table;
