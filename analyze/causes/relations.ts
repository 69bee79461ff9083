/** Directed relations between causes and consequences, worked out from facts: who selects, names, hosts, creates, mounts. */
import { objectKey, type ObjectRef } from '../../src/core/ids.ts';
import type { Micros } from '../../src/core/time.ts';
import { matchesSet } from '../../src/k8s/labels.ts';
import type { Check, Sharing } from '../checks/check.ts';
import type { AllFacts } from '../facts/facts.ts';
import { LEASES, NODE_LEASES } from '../facts/logs/database.ts';
import { clockError } from '../facts/nodes.ts';
import type { PodFact } from '../facts/pods.ts';
import { groupBy, once } from '../facts/read.ts';
import type { ServiceFact } from '../facts/services.ts';
import { usersOf } from '../facts/users.ts';
import type { WorkloadFact } from '../facts/workloads.ts';
import type { Finding } from '../model/finding.ts';

export type Directed = Exclude<Sharing, 'object' | 'namespace' | 'cluster'>;

/** What a cause leads to along one kind of relation: keys of objects. */
export interface Reached {
  /** Findings on these, or involving them, may be its consequences. */
  readonly objects: ReadonlySet<string>;
  /** Of `names`: the Services themselves. A finding that says what it waits for must wait for one of them. */
  readonly services: ReadonlySet<string>;
  /** Of `names`: what stands behind those Services. It may name its own, and does not wait for it. */
  readonly behind: ReadonlySet<string>;
}

export interface Relations {
  reach(cause: Finding, how: Directed): Reached;
  /**
   * Keys of the pods that a finding is about; undefined when it is not about single pods. Of one about pods that are not
   * there: those that are going, and would be replaced.
   */
  touched(finding: Finding): ReadonlySet<string> | undefined;
  /** By how much the clocks of the nodes that a finding's times come from are off the API server's. */
  clockError(finding: Finding): Micros;
}

const NONE: ReadonlySet<string> = new Set();

/** As many pods as a finding lists; of more, all unready pods of its workload are meant. */
const LISTED = 50;

export function relationsOf(facts: AllFacts, checks: readonly Check[]): Relations {
  const podsOn = once(() => groupBy(facts.pods.all, (pod) => pod.node));
  const podsOf = once(() => groupBy(facts.pods.all, (pod) => facts.workloads.top(pod)?.id));
  const missing = new Set(
    checks.flatMap(({ id, aboutMissingPods }) => (aboutMissingPods === true ? [id] : [])),
  );
  const present = touchedPods(facts, podsOn, podsOf);
  const touched: Relations['touched'] = (finding) =>
    missing.has(finding.check) ? keysOf(leaving(facts, finding, podsOf)) : present(finding);
  const known = new Map<string, Reached>();
  const ways: Record<Directed, (cause: Finding) => Reached> = {
    selects: (cause) => plain(servicesStruck(facts, cause).map(({ ref }) => objectKey(ref))),
    names: (cause) => naming(facts, cause, touched, podsOf),
    hosts: (cause) =>
      plain(
        podsAndWorkloads(
          facts,
          nodesOf(cause).flatMap((node) => podsOn().get(node) ?? []),
        ),
      ),
    creates: (cause) => plain(missingPods(facts, cause, podsOf).map(({ ref }) => objectKey(ref))),
    mounts: (cause) => plain(mounting(facts, cause, podsOf)),
  };
  return {
    touched,
    clockError: clockErrors(facts),
    reach(cause, how) {
      const key = `${how} ${cause.key}`;
      const reached = known.get(key) ?? ways[how](cause);
      known.set(key, reached);
      return reached;
    },
  };
}

/** What the kubelet stamps (conditions, states of containers, logs) is of the clock of the node. */
function clockErrors(facts: AllFacts): Relations['clockError'] {
  const off = once(
    () =>
      new Map(
        facts.objects
          .list(LEASES)
          .filter(({ ref }) => ref.namespace === NODE_LEASES)
          .map((lease): [string, Micros] => [lease.ref.name, clockError(facts.objects, lease)])
          .filter(([, error]) => error > 0),
      ),
  );
  return ({ object, involves }) => {
    if (off().size === 0) return 0;
    const nodes = [object, ...involves].flatMap(({ kind, namespace = '', name }) => {
      if (kind === 'Node') return [name];
      return kind === 'Pod' ? (facts.pods.named(namespace, name)?.node ?? []) : [];
    });
    return Math.max(0, ...nodes.map((name) => off().get(name) ?? 0));
  };
}

type PodsOf = () => ReadonlyMap<number | undefined, readonly PodFact[]>;

function plain(keys: Iterable<string>): Reached {
  return { objects: new Set(keys), services: NONE, behind: NONE };
}

function touchedPods(
  facts: AllFacts,
  podsOn: () => ReadonlyMap<string | undefined, readonly PodFact[]>,
  podsOf: PodsOf,
): Relations['touched'] {
  return (finding) => {
    const { object } = finding;
    if (object.kind === 'Node') return keysOf(nodesOf(finding).flatMap((node) => podsOn().get(node) ?? []));
    const listed = [object, ...finding.involves].filter(({ kind }) => kind === 'Pod');
    const workload = facts.workloads.named(object.kind, object.namespace ?? '', object.name);
    if (object.kind !== 'Pod' && workload === undefined) return undefined;
    // A finding on a workload that names no pod is about its template or about pods that are not there.
    if (listed.length === 0) return undefined;
    const rest =
      workload === undefined || listed.length < LISTED
        ? []
        : (podsOf().get(workload.id) ?? []).filter(({ ready, ended }) => ready !== 'True' && !ended);
    return new Set([...listed.map(objectKey), ...keysOf(rest)]);
  };
}

/** Pods on their way out, of the workloads a finding is on or involves. */
function leaving(facts: AllFacts, { object, involves }: Finding, podsOf: PodsOf): PodFact[] {
  return [object, ...involves]
    .flatMap(({ kind, namespace = '', name }) => facts.workloads.named(kind, namespace, name) ?? [])
    .flatMap(({ id }) => podsOf().get(id) ?? [])
    .filter(({ terminating }) => terminating);
}

function keysOf(pods: readonly PodFact[]): Set<string> {
  return new Set(pods.map(({ ref }) => objectKey(ref)));
}

/** The node that a finding is on, and the others that it strikes alike. */
function nodesOf({ object, involves }: Finding): string[] {
  return object.kind === 'Node'
    ? [object, ...involves].flatMap(({ kind, name }) => (kind === 'Node' ? name : []))
    : [];
}

/** The Services that select the pods or the template a finding is about; the finding's own Service. */
export function servicesStruck(
  facts: AllFacts,
  { object, involves }: Pick<Finding, 'object' | 'involves'>,
): ServiceFact[] {
  if (object.kind === 'Service') {
    const service = facts.services.named(object.namespace ?? '', object.name);
    return service === undefined ? [] : [service];
  }
  const labels = [object, ...involves].flatMap(({ kind, namespace = '', name }) => {
    const of =
      kind === 'Pod'
        ? facts.pods.named(namespace, name)?.labels
        : facts.workloads.named(kind, namespace, name)?.templateLabels;
    return of === undefined ? [] : [{ namespace, of }];
  });
  const namespaces = new Set(labels.map(({ namespace }) => namespace));
  return [...namespaces].flatMap((namespace) =>
    facts.services
      .in(namespace)
      .filter(
        ({ selector }) =>
          selector !== undefined &&
          labels.some((one) => one.namespace === namespace && matchesSet(selector, one.of)),
      ),
  );
}

/** Who names the Services that a cause takes down: a cause that leaves one of their pods untouched takes none down. */
function naming(facts: AllFacts, cause: Finding, touched: Relations['touched'], podsOf: PodsOf): Reached {
  const pods = touched(cause);
  const down = servicesStruck(facts, cause).filter((service) => {
    if (pods === undefined) return true;
    const selected = facts.pods.select(service.namespace, service.selector).filter(({ ended }) => !ended);
    return selected.every(({ ref }) => pods.has(objectKey(ref)));
  });
  const objects = new Set<string>();
  const behind = new Set<string>();
  for (const service of down) {
    for (const key of podsAndWorkloads(facts, facts.pods.select(service.namespace, service.selector)))
      behind.add(key);
    for (const { object } of facts.dependencies.naming(service)) {
      const workload = facts.workloads.named(object.ref.kind, object.ref.namespace ?? '', object.ref.name);
      objects.add(objectKey(object.ref));
      for (const pod of (workload && podsOf().get(workload.id)) ?? []) objects.add(objectKey(pod.ref));
    }
  }
  return { objects, services: new Set(down.map(({ ref }) => objectKey(ref))), behind };
}

function* podsAndWorkloads(facts: AllFacts, pods: readonly PodFact[]): Generator<string> {
  for (const pod of pods) {
    yield objectKey(pod.ref);
    const top = facts.workloads.top(pod);
    if (top !== undefined) yield objectKey(top.ref);
  }
}

/** Outermost workloads with fewer living pods than they want, in the namespaces a cause covers. */
function missingPods(facts: AllFacts, { object, involves }: Finding, podsOf: PodsOf): WorkloadFact[] {
  const named = [object, ...involves].flatMap(({ namespace }) => namespace ?? []);
  const covered = named.length === 0 ? undefined : new Set(named);
  return facts.workloads.all.filter((workload) => {
    if (!facts.workloads.isOutermost(workload) || workload.terminating) return false;
    if (covered !== undefined && !covered.has(workload.namespace)) return false;
    const living = (podsOf().get(workload.id) ?? []).filter(
      ({ ended, terminating }) => !ended && !terminating,
    );
    return living.length < (workload.replicas ?? 0);
  });
}

function mounting(facts: AllFacts, { object, involves }: Finding, podsOf: PodsOf): Set<string> {
  const keys = new Set<string>();
  const used = [object, ...involves].filter(({ kind }) => MOUNTABLE.has(kind));
  for (const user of used.flatMap((ref: ObjectRef) => usersOf(facts, ref))) {
    keys.add(objectKey(user.ref));
    for (const pod of podsOf().get(user.id) ?? []) keys.add(objectKey(pod.ref));
  }
  return keys;
}

const MOUNTABLE = new Set(['ConfigMap', 'Secret', 'PersistentVolumeClaim']);
