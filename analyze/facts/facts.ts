/** What checks are judged on: the store's evidence, read once, and handed to each check narrowed to what it declares. */
import type { ObjectRef } from '../../src/core/ids.ts';
import type { Need } from '../checks/check.ts';
import type { Fields } from '../ingest/read.ts';
import type { Store } from '../store/store.ts';
import { API_PACE, apiPaceOf, type ApiPace } from './api-pace.ts';
import { captureClock, type CaptureClock } from './clock.ts';
import { coverageFacts, type Coverage, type CoverageFacts } from './coverage.ts';
import { dependencyFacts, narrowedDependencies, type DependencyFacts } from './dependents.ts';
import {
  objectFacts,
  type ChangeFact,
  type KeptObject,
  type ObjectFacts,
  type WriteFact,
} from './objects.ts';
import { podFacts, type PodFact, type PodFacts } from './pods.ts';
import { once, type StoredObject } from './read.ts';
import type { ConditionRow, EventRow, ListTimesRow, LogRow, PlaceRow } from './object-rows.ts';
import type { ContainerRow } from './rows.ts';
import {
  serviceFacts,
  servicePaths,
  type ServiceFact,
  type ServiceFacts,
  type ServicePath,
} from './services.ts';
import { CONTAINER_STORY, containerStories, type ContainerStories } from './container-story.ts';
import { listenersOf, type Listeners } from './listeners.ts';
import { PROBE_STORY, probeStories, type ProbeStories } from './probe-story.ts';
import { probeFacts, type ProbeFacts } from './probes.ts';
import { REFUSALS, refusalsOf, type Refusal } from './refusals.ts';
import { workloadFacts, type WorkloadFacts } from './workloads.ts';

/** All facts of a bundle, lazily computed; what the judging frame, the replay and the reports use. */
export interface AllFacts {
  readonly clock: CaptureClock;
  readonly coverage: CoverageFacts;
  readonly services: ServiceFacts;
  readonly pods: PodFacts;
  readonly workloads: WorkloadFacts;
  readonly paths: readonly ServicePath[];
  pathsOf(service: ServiceFact): readonly ServicePath[];
  readonly dependencies: DependencyFacts;
  readonly objects: ObjectFacts;
  readonly probes: ProbeFacts;
  readonly listeners: (pod: PodFact) => Listeners;
  readonly probeStory: ProbeStories;
  readonly containerStory: ContainerStories;
  readonly refusals: readonly Refusal[];
  readonly apiPace: ApiPace;
}

/** The facts of a check. Reading what it did not declare in `needs` or `uses` throws UndeclaredNeed: a bug. */
export interface Facts {
  readonly clock: CaptureClock;
  coverage(resource: string, namespace?: string): Coverage;
  /** `list:services`. */
  readonly services: ServiceFacts;
  /** `list:pods`. */
  readonly pods: PodFacts;
  /** Every list of `WORKLOADS`. */
  readonly workloads: WorkloadFacts;
  /** `list:services`, `list:pods`, `list:discovery.k8s.io/endpointslices`. */
  readonly paths: readonly ServicePath[];
  pathsOf(service: ServiceFact): readonly ServicePath[];
  /** `list:networking.k8s.io/ingresses` and `WORKLOADS`; `configured` needs `list:configmaps` besides. */
  readonly dependencies: DependencyFacts;
  /** Every object of a resource; its list. */
  list(resource: string): readonly KeptObject[];
  /** When that list was taken, on the capturing machine's clock. */
  listedAt(resource: string): ListTimesRow;
  /** `health` for `health/…`, `nodes` for `nodes/…`. */
  document(path: string): string | undefined;
  /** The object's own list. */
  body(object: StoredObject): Fields;
  conditions(object: StoredObject): readonly ConditionRow[];
  writes(object: StoredObject): readonly WriteFact[];
  /** `changes`. */
  changes(object: StoredObject): readonly ChangeFact[];
  /** `list:events`. */
  events(ref: ObjectRef): readonly EventRow[];
  eventsOf(reasons: readonly string[]): readonly EventRow[];
  /** `list:pods`. */
  troubled(pod: PodFact): readonly ContainerRow[];
  troubledPods(): ReadonlySet<number>;
  /** `logs`. */
  logTail(pod: PodFact, container: string, previous: boolean, lines: number): readonly LogRow[];
  complaining: ObjectFacts['complaining'];
  flagged: ObjectFacts['flagged'];
  place(id: number): PlaceRow;
  /** The object of this name, of a declared list. */
  find(resource: string, namespace: string | undefined, name: string): StoredObject | undefined;
  /** `probe:<id>` for each kind that is asked for. */
  readonly probes: ProbeFacts;
  /** What listens in a pod. `LISTENERS`. */
  listeners(pod: PodFact): Listeners;
  /** The probes of a pod's containers. `PROBE_STORY`. */
  readonly probeStory: ProbeStories;
  /** `CONTAINER_STORY`. */
  readonly containerStory: ContainerStories;
  /** Controllers that lack pods because the API server refuses them. `REFUSALS`. */
  readonly refusals: readonly Refusal[];
  /** How the API server answered. `API_PACE`. */
  readonly apiPace: ApiPace;
}

/** The evidence behind `facts.listeners`; spread it into `needs` or `uses`. */
export const LISTENERS = [
  'list:pods',
  'list:events',
  'probe:sockets',
  'probe:port-forward',
  'probe:pod-http',
  'probe:connect',
] as const satisfies readonly Need[];

/** The lists behind `facts.workloads`; spread it into `needs` or `uses`. */
export const WORKLOADS = [
  'list:apps/deployments',
  'list:apps/replicasets',
  'list:apps/statefulsets',
  'list:apps/daemonsets',
  'list:apps/controllerrevisions',
  'list:batch/jobs',
  'list:batch/cronjobs',
] as const satisfies readonly Need[];

const DEPENDENCIES: readonly Need[] = ['list:networking.k8s.io/ingresses', ...WORKLOADS];
const PATHS: readonly Need[] = ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'];

export function allFacts(store: Store): AllFacts {
  const objects = objectFacts(store);
  const clock = once(() => captureClock(store));
  const coverage = once(() => coverageFacts(store));
  const services = once(() => serviceFacts(store));
  const pods = once(() => podFacts(store));
  const workloads = once(() => workloadFacts(store));
  const paths = once(() => servicePaths(store, services(), pods()));
  const byService = once(() => Map.groupBy(paths(), (path) => path.service.id));
  const dependencies = once(() => dependencyFacts(store, objects, workloads));
  const probes = once(() => probeFacts(store, coverage()));
  const listeners = new Map<number, Listeners>();
  const probeStory = once(() => probeStories(store, objects, probes()));
  const containerStory = once(() => containerStories(store, objects));
  const apiPace = once(() => apiPaceOf(store));
  const refusals = once(() => refusalsOf({ objects, pods: pods(), workloads: workloads() }));
  return {
    objects,
    get probes() {
      return probes();
    },
    listeners(pod) {
      const known = listeners.get(pod.id) ?? listenersOf({ clock: clock(), probes: probes(), objects }, pod);
      listeners.set(pod.id, known);
      return known;
    },
    probeStory: (pod, container) => probeStory()(pod, container),
    containerStory: (pod, container) => containerStory()(pod, container),
    get clock() {
      return clock();
    },
    get coverage() {
      return coverage();
    },
    get services() {
      return services();
    },
    get pods() {
      return pods();
    },
    get workloads() {
      return workloads();
    },
    get paths() {
      return paths();
    },
    pathsOf: (service) => byService().get(service.id) ?? [],
    get dependencies() {
      return dependencies();
    },
    get refusals() {
      return refusals();
    },
    get apiPace() {
      return apiPace();
    },
  };
}

/** A check read evidence that it never declared: its answer could rest on a gap that nobody would name. */
export class UndeclaredNeed extends Error {
  override readonly name = 'UndeclaredNeed';
}

/** Throws UndeclaredNeed for what a check did not declare. */
interface Demand {
  (one: Need): void;
  all(wanted: readonly Need[]): void;
  list(resource: string): void;
}

/** Asked for every fact of every object: what was allowed once is known by its name, and nothing is put together anew. */
function demandOf(check: string, declared: readonly Need[]): Demand {
  const may = new Set<Need>(declared);
  const allowed = new Set<readonly Need[] | string>();
  const all = (wanted: readonly Need[]): void => {
    if (allowed.has(wanted)) return;
    const missing = wanted.filter((one) => !may.has(one));
    if (missing.length > 0)
      throw new UndeclaredNeed(`${check} reads ${missing.join(', ')} without declaring it`);
    allowed.add(wanted);
  };
  return Object.assign(
    (one: Need): void => {
      if (!may.has(one)) all([one]);
    },
    {
      all,
      list(resource: string): void {
        if (allowed.has(resource)) return;
        all([`list:${resource}`]);
        allowed.add(resource);
      },
    },
  );
}

/** The facts of one check: each reading is allowed only under a declared need. */
export function narrow(all: AllFacts, check: string, declared: readonly Need[]): Facts {
  const need = demandOf(check, declared);
  return {
    clock: all.clock,
    coverage: (resource, namespace) => all.coverage.of(resource, namespace),
    get services() {
      need('list:services');
      return all.services;
    },
    get pods() {
      need('list:pods');
      return all.pods;
    },
    get workloads() {
      need.all(WORKLOADS);
      return all.workloads;
    },
    get paths() {
      need.all(PATHS);
      return all.paths;
    },
    pathsOf(service) {
      need.all(PATHS);
      return all.pathsOf(service);
    },
    get dependencies() {
      need.all(DEPENDENCIES);
      return narrowedDependencies(all.dependencies, need);
    },
    get refusals() {
      need.all(REFUSALS);
      return all.refusals;
    },
    get apiPace() {
      need.all(API_PACE);
      return all.apiPace;
    },
    ...narrowedKinds(all, need),
    body(object) {
      need.list(object.resource);
      return all.objects.body(object);
    },
    conditions(object) {
      need.list(object.resource);
      return all.objects.conditions(object);
    },
    writes(object) {
      need.list(object.resource);
      return all.objects.writes(object);
    },
    changes(object) {
      need('changes');
      return all.objects.changes(object);
    },
    events(ref) {
      need('list:events');
      return all.objects.events(ref);
    },
    place: (id) => all.objects.place(id),
    ...narrowedStories(all, need),
  };
}

/** The facts that rest on several kinds of evidence at once. */
function narrowedStories(
  all: AllFacts,
  need: Demand,
): Pick<
  Facts,
  | 'troubled'
  | 'troubledPods'
  | 'logTail'
  | 'find'
  | 'complaining'
  | 'flagged'
  | 'probes'
  | 'listeners'
  | 'probeStory'
  | 'containerStory'
> {
  const { probes } = all;
  return {
    troubled(pod) {
      need('list:pods');
      return all.objects.troubled(pod);
    },
    troubledPods() {
      need('list:pods');
      return all.objects.troubledPods();
    },
    logTail(pod, container, previous, lines) {
      need('logs');
      return all.objects.logTail(pod, container, previous, lines);
    },
    flagged(since, atLeast) {
      need('logs');
      return all.objects.flagged(since, atLeast);
    },
    complaining(since, atLeast) {
      need('logs');
      return all.objects.complaining(since, atLeast);
    },
    find(resource, namespace, name) {
      need.list(resource);
      return all.objects.find(resource, namespace, name);
    },
    probes: {
      of(probe) {
        need(`probe:${probe}`);
        return probes.of(probe);
      },
      to(probe, place) {
        need(`probe:${probe}`);
        return probes.to(probe, place);
      },
      from(probe, place) {
        need(`probe:${probe}`);
        return probes.from(probe, place);
      },
      gap(probe) {
        need(`probe:${probe}`);
        return probes.gap(probe);
      },
    },
    listeners(pod) {
      need.all(LISTENERS);
      return all.listeners(pod);
    },
    probeStory(pod, container) {
      need.all(PROBE_STORY);
      return all.probeStory(pod, container);
    },
    containerStory(pod, container) {
      need.all(CONTAINER_STORY);
      return all.containerStory(pod, container);
    },
  };
}

/** The facts that are read by kind, not object by object. */
function narrowedKinds(
  all: AllFacts,
  need: Demand,
): Pick<Facts, 'list' | 'listedAt' | 'document' | 'eventsOf'> {
  return {
    list(resource) {
      need.list(resource);
      return all.objects.list(resource);
    },
    listedAt(resource) {
      need.list(resource);
      return all.objects.listedAt(resource);
    },
    document(path) {
      need(path.startsWith('nodes/') ? 'nodes' : 'health');
      return all.objects.document(path);
    },
    eventsOf(reasons) {
      need('list:events');
      return all.objects.eventsOf(reasons);
    },
  };
}
