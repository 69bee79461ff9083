/** Hands the facts to one check: each reading is allowed only under a need that it declares. */
import type { Need } from '../checks/check.ts';
import { API_PACE } from './platform/api-pace.ts';
import { CONTAINER_STORY } from './pods/container-story.ts';
import { narrowedDependencies } from './dependents.ts';
import { type AllFacts, DEPENDENCIES, type Facts, LISTENERS, PATHS, WORKLOADS } from './facts.ts';
import { PROBE_STORY } from './probes/story.ts';
import { REFUSALS } from './platform/refusals.ts';

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
    deleted(resource, namespace) {
      need('changes');
      return all.objects.deleted(resource, namespace);
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
  | 'probeFailedDuring'
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
    probeFailedDuring(pod) {
      need.all(PROBE_STORY);
      return all.probeFailedDuring(pod);
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
