/** What checks are judged on: the store's evidence, read once; narrow.ts hands them to each check, narrowed to what it declares. */
import type { ObjectRef } from '../../src/core/ids.ts';
import type { Need } from '../checks/check.ts';
import type { Fields } from '../ingest/read.ts';
import type { Store } from '../store/store.ts';
import { apiPaceOf, type ApiPace } from './platform/api-pace.ts';
import { captureClock, type CaptureClock } from './clock.ts';
import { coverageFacts, type Coverage, type CoverageFacts } from './coverage.ts';
import { dependencyFacts, type DependencyFacts } from './dependents.ts';
import {
  objectFacts,
  type ChangeFact,
  type DeletedFact,
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
import { containerStories, type ContainerStories } from './pods/container-story.ts';
import { listenersOf, type Listeners } from './pods/listeners.ts';
import { probeStories, type ProbeStories } from './probes/story.ts';
import { probeFacts, type ProbeFacts } from './probes.ts';
import { refusalsOf, type Refusal } from './platform/refusals.ts';
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
  /** Whether a probe of it failed while the capture ran. `PROBE_STORY`. */
  probeFailedDuring(pod: PodFact): boolean;
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
  /** `changes`: what a watch saw deleted of a resource in a namespace, the latest first. */
  deleted(resource: string, namespace: string): readonly DeletedFact[];
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
  /** Whether a probe of it failed while the capture ran. `PROBE_STORY`. */
  probeFailedDuring(pod: PodFact): boolean;
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
  // Of Argo Rollouts, and of OpenShift.
  'list:argoproj.io/rollouts',
  'list:apps.openshift.io/deploymentconfigs',
] as const satisfies readonly Need[];

/** The evidence behind `facts.dependencies`. */
export const DEPENDENCIES: readonly Need[] = ['list:networking.k8s.io/ingresses', ...WORKLOADS];
/** The evidence behind `facts.paths`. */
export const PATHS: readonly Need[] = ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'];

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
    probeStory: (pod, container) => probeStory().of(pod, container),
    probeFailedDuring: (pod) => probeStory().failedDuring(pod),
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
