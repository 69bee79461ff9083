/** Which nodes a pod may be put on: its nodeSelector, its required node affinity, and the taints that it tolerates. */
import { fields, items, text, texts, type Fields } from '../../ingest/read.ts';
import { dig } from '../read.ts';

/**
 * Whether a node bears the labels that a pod's spec requires: every pair of nodeSelector, and one of the terms of the required
 * node affinity. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
export function isMeantFor(spec: Fields, node: Fields): boolean {
  const labels = fields(dig(node, 'metadata', 'labels'));
  if (!Object.entries(fields(spec['nodeSelector'])).every(([key, value]) => own(labels, key) === value))
    return false;
  const required = dig(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  if (required === undefined || required === null) return true;
  const name = { 'metadata.name': dig(node, 'metadata', 'name') };
  return items(dig(required, 'nodeSelectorTerms')).some((term) => {
    const [byLabel, byField] = [items(term['matchExpressions']), items(term['matchFields'])];
    // A term without any requirement takes no node (component-helpers/scheduling/corev1/nodeaffinity).
    return (
      byLabel.length + byField.length > 0 &&
      byLabel.every((one) => meets(one, labels)) &&
      byField.every((one) => meets(one, name))
    );
  });
}

function own(of: Fields, key: string): string | undefined {
  return Object.hasOwn(of, key) ? (text(of[key]) ?? undefined) : undefined;
}

/** One requirement of a NodeSelectorTerm; `Gt` and `Lt` compare whole numbers. */
function meets(requirement: Fields, labels: Fields): boolean {
  const value = own(labels, text(requirement['key']) ?? '');
  const values = texts(requirement['values']);
  switch (requirement['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function isTolerated(taint: Fields, tolerations: readonly Fields[]): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === '' || effect === taint['effect']) &&
      (operator === 'Exists'
        ? key === undefined || key === '' || key === taint['key']
        : key === taint['key'] && (value ?? '') === (taint['value'] ?? '')),
  );
}

/** Taints that keep a pod off a node and that it does not tolerate. */
export function untolerated(node: Fields, tolerations: unknown): readonly Fields[] {
  return items(dig(node, 'spec', 'taints')).filter(
    (taint) => taint['effect'] !== 'PreferNoSchedule' && !isTolerated(taint, items(tolerations)),
  );
}
