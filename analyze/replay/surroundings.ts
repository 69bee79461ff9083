/** What the layers without a check of their own can still show: Ingress rules, policies and nodes of a path. */
import { parseSelector, matchesSelector, formatSelector } from '../../src/k8s/labels.ts';
import { parseText } from '../facts/read.ts';
import type { Evidence } from '../model/finding.ts';
import type { Store } from '../store/store.ts';
import { placeOf } from './place.ts';
import type { PodSpan } from './pod-spans.ts';
import type { Subject } from './subject.ts';

/** Facts of a layer: a line for the eye each, and where each is written. */
export interface Shown {
  readonly looked: string[];
  readonly evidence: Evidence[];
}

/** Ingress rules and routes that lead to the Service. */
export function edgeRules(store: Store, { serviceName }: Subject): Shown {
  if (serviceName === undefined) return { looked: [], evidence: [] };
  const { namespace, name } = serviceName;
  const rules = store.all<{
    name: string;
    host: string | null;
    path: string | null;
    port: string | null;
    file: string | null;
    line: number | null;
  }>(
    `SELECT i.name, i.host, i.path, i.port, f.path AS file, o.line FROM ingresses i JOIN objects o ON o.id = i.object_id
       LEFT JOIN files f ON f.id = o.file_id WHERE i.namespace = ? AND i.service = ?`,
    [namespace, name],
  );
  const routes = store.all<{ kind: string; namespace: string; name: string; hostname: string | null }>(
    'SELECT kind, namespace, name, hostname FROM routes WHERE backend_namespace = ? AND backend_name = ?',
    [namespace, name],
  );
  return {
    looked: [
      ...rules.map(
        (rule) =>
          `Ingress ${rule.name}: ${rule.host ?? 'every host'}${rule.path ?? '/'} to port ${rule.port ?? '?'}`,
      ),
      ...routes.map(
        (route) => `${route.kind} ${route.namespace}/${route.name}: ${route.hostname ?? 'every host'}`,
      ),
    ],
    evidence: rules.map((rule) => ({
      kind: 'field',
      object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace, name: rule.name },
      path: 'spec.rules',
      ...placeOf(rule),
    })),
  };
}

/** NetworkPolicies that select one of the pods: from then on only what some policy allows passes. */
export function policiesOver(store: Store, subject: Subject, pods: readonly PodSpan[]): Shown {
  const namespace = subject.serviceName?.namespace;
  if (namespace === undefined) return { looked: [], evidence: [] };
  const policies = store
    .all<{
      name: string;
      pod_selector: string;
      policy_types: string;
      file: string | null;
      line: number | null;
    }>(
      `SELECT n.name, n.pod_selector, n.policy_types, f.path AS file, o.line FROM network_policies n
         JOIN objects o ON o.id = n.object_id LEFT JOIN files f ON f.id = o.file_id WHERE n.namespace = ? ORDER BY n.name`,
      [namespace],
    )
    .flatMap((policy) => {
      const parsed = parseSelector(parseText(policy.pod_selector));
      if (!parsed.ok || !pods.some((pod) => matchesSelector(parsed.selector, pod.labels ?? {}))) return [];
      return [{ ...policy, selector: parsed.selector }];
    });
  return {
    looked: policies.map((policy) => {
      const types = parseText(policy.policy_types);
      const whom = formatSelector(policy.selector);
      return `NetworkPolicy ${policy.name} (${Array.isArray(types) ? types.join(' and ') : 'types not readable'}) selects ${whom === '' ? 'every pod' : whom}`;
    }),
    evidence: policies.map((policy) => ({
      kind: 'field',
      object: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace, name: policy.name },
      path: 'spec.podSelector',
      ...placeOf(policy),
    })),
  };
}

/** The nodes beneath the pods, with their Ready condition. */
export function nodesBeneath(
  store: Store,
  pods: readonly PodSpan[],
): Shown & { readonly since: (number | null)[]; readonly ready: (string | null)[] } {
  const names = [...new Set(pods.map((pod) => pod.node).filter((node) => node !== undefined))];
  const nodes = store.all<{
    name: string;
    ready: string | null;
    since: number | null;
    file: string | null;
    line: number | null;
  }>(
    `SELECT n.name, n.ready, f.path AS file, o.line,
       (SELECT max(c.last_transition_at) FROM conditions c WHERE c.object_id = n.object_id AND c.type = 'Ready') AS since
     FROM nodes n JOIN objects o ON o.id = n.object_id LEFT JOIN files f ON f.id = o.file_id
     WHERE n.name IN (SELECT value FROM json_each(?)) ORDER BY n.name`,
    [JSON.stringify(names)],
  );
  return {
    looked: nodes.map((node) => `Node ${node.name}: Ready=${node.ready ?? 'not said'}`),
    evidence: nodes.map((node) => ({
      kind: 'field',
      object: { apiVersion: 'v1', kind: 'Node', name: node.name },
      path: 'status.conditions[Ready].status',
      value: node.ready,
      ...placeOf(node),
    })),
    since: nodes.map((node) => node.since),
    ready: nodes.map((node) => node.ready),
  };
}
