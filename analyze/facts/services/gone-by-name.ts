/** A workload that is gone and was a Service's, told by what still names it: Events, an autoscaler, the claims of its pods. */
import { MINUTE, parseTime, SECOND, type Micros } from '../../../src/core/time.ts';
import { matchesSet, parseLabels } from '../../../src/k8s/labels.ts';
import { items, text } from '../../ingest/read.ts';
import type { Since } from '../../model/finding.ts';
import { eventEvidence, fieldEvidence, sinceAt, sinceBetween, SINCE_UNKNOWN } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { EventRow } from '../object-rows.ts';
import { makerName } from '../pods/pod-names.ts';
import { dig, refOf } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import { hadEndpoints } from './backing.ts';
import { emptiedBetween } from './emptied.ts';
import { HPAS } from './scaled-by.ts';
import { ALIVE, isGone, isOfApps, KILLING, type GoneWorkload } from './gone.ts';

/** Labels are gone with the workload: only a Service that had endpoints, when it was emptied, and names tell. */
export function toldByName(facts: Facts, service: ServiceFact): GoneWorkload | undefined {
  if (!hadEndpoints(facts, service)) return undefined;
  const [path] = facts.pathsOf(service);
  const emptied = (path && emptiedBetween(facts, path)) ?? SINCE_UNKNOWN;
  return (
    byEvents(facts, service, emptied) ??
    byScaler(facts, service, emptied) ??
    byClaims(facts, service, emptied)
  );
}

/** Called like the Service, like a value of its selector, or like two of them in one (`<release>-<name>`). */
function isCalledLike({ name: own, selector = {} }: ServiceFact, name: string): boolean {
  const values = Object.values(selector);
  return (
    name === own || values.some((one) => one === name || values.some((other) => `${one}-${other}` === name))
  );
}

const ALIVE_REASONS = [...new Set(Object.values(ALIVE).flat())];
/** A pod that was told to go is out of the endpoints at once, and gone after its grace period. */
const GRACE = 30 * SECOND;

interface Said {
  readonly kind: string;
  readonly name: string;
  /** The last that a controller said of it. */
  alive: EventRow | undefined;
  /** The end of its pods, of those that went last. */
  killed: EventRow | undefined;
}

function byEvents(facts: Facts, service: ServiceFact, emptied: Since): GoneWorkload | undefined {
  const gone = saidOfTheGone(facts, service.namespace).filter((said) => fits(facts, said, emptied));
  const named = gone.filter(({ name }) => isCalledLike(service, name));
  // Of two that went together, nothing but a name tells whose pods were whose.
  const [only, ...others] = gone;
  const timely = only !== undefined && others.length === 0 && isNear(facts, only.killed, emptied);
  const said = named.at(-1) ?? (timely ? only : undefined);
  if (said === undefined) return undefined;
  const { kind, name, alive, killed } = said;
  return {
    ref: refOf('apps/v1', kind, service.namespace, name),
    confidence: named.length > 0 ? 'likely' : 'possible',
    leaving: false,
    told:
      named.length > 0
        ? 'It is called like what the selector wants.'
        : 'Its pods ended when the Service was emptied.',
    since: sinceOf(alive, killed, emptied),
    evidence: [alive, killed].flatMap((event) => (event === undefined ? [] : [eventEvidence(facts, event)])),
    involves: [],
  };
}

function timeOf(event: EventRow | undefined): Micros | undefined {
  return event?.last_at ?? event?.first_at ?? undefined;
}

/** Workloads that Events tell of and that are not there, those that were heard of last at the end. */
function saidOfTheGone(facts: Facts, namespace: string): readonly Said[] {
  const found = new Map<string, Said>();
  const of = (kind: string, name: string): Said => {
    const said = found.get(`${kind}/${name}`) ?? { kind, name, alive: undefined, killed: undefined };
    found.set(`${kind}/${name}`, said);
    return said;
  };
  const before = (event: EventRow): boolean =>
    event.namespace === namespace && (timeOf(event) ?? Infinity) < facts.clock.startedAt;
  for (const event of facts.eventsOf(ALIVE_REASONS).filter(before)) {
    const { involved_kind: kind, involved_name: name, involved_api_version: version, reason } = event;
    if (kind === null || name === null || ALIVE[kind]?.includes(reason ?? '') !== true) continue;
    if (!isOfApps(version)) continue;
    if (isGone(facts, kind, namespace, name)) of(kind, name).alive = event;
  }
  const killings = facts.eventsOf(KILLING).filter(before);
  for (const { kind, name } of found.values()) {
    const own = killings.filter(({ involved_name: pod }) => makerName(kind, pod ?? '') === name);
    if (own.length > 0) of(kind, name).killed = firstOfLast(own);
  }
  for (const [name, own] of Map.groupBy(killings, ({ involved_name: pod }) =>
    makerName('Deployment', pod ?? ''),
  )) {
    if (name !== undefined && !found.has(`Deployment/${name}`) && isWhollyGone(facts, namespace, name))
      of('Deployment', name).killed = firstOfLast(own);
  }
  return [...found.values()].toSorted(
    (a, b) => (timeOf(a.killed ?? a.alive) ?? 0) - (timeOf(b.killed ?? b.alive) ?? 0),
  );
}

/** Pods of a rollout before the deletion ended as well: those within a minute of the last are taken together. */
function firstOfLast(killings: readonly EventRow[]): EventRow | undefined {
  const last = Math.max(...killings.map((event) => timeOf(event) ?? 0));
  return killings.find((event) => (timeOf(event) ?? 0) >= last - MINUTE);
}

/** Pods alone have such names from what manages ReplicaSets besides Deployments, too: of none anything may be left. */
function isWhollyGone(facts: Facts, namespace: string, name: string): boolean {
  return (
    isGone(facts, 'Deployment', namespace, name) &&
    facts.coverage('apps/replicasets', namespace).known &&
    facts.workloads
      .in(namespace)
      .every((one) => one.owner?.name !== name && makerName('Deployment', `${one.name}-bbbbb`) !== name) &&
    facts.pods.in(namespace).every((pod) => makerName('Deployment', pod.name) !== name)
  );
}

/** It was there as long as the Service had endpoints, and no longer: what still acted after that was no maker of them. */
function fits(facts: Facts, { alive, killed }: Said, { from, to }: Since): boolean {
  const { tolerance } = facts.clock;
  const [earliest, latest] = [parseTime(from), parseTime(to)];
  const end = timeOf(killed);
  if (end !== undefined) return earliest === undefined || end >= earliest - GRACE - tolerance;
  return latest === undefined || (timeOf(alive) ?? 0) <= latest + tolerance;
}

function isNear(facts: Facts, killed: EventRow | undefined, { to }: Since): boolean {
  const [end, latest] = [timeOf(killed), parseTime(to)];
  if (end === undefined || latest === undefined) return false;
  return Math.abs(end - latest) <= GRACE + facts.clock.tolerance;
}

function sinceOf(alive: EventRow | undefined, killed: EventRow | undefined, emptied: Since): Since {
  const end = timeOf(killed);
  if (end !== undefined) return sinceAt(end, 'inferred', 'the kubelet ended its pods then (Event Killing)');
  // Its pods are out of the endpoints at once: the Service was not emptied before it went.
  const last = timeOf(alive);
  const earliest = parseTime(emptied.from);
  return sinceBetween(
    last === undefined || earliest === undefined ? (last ?? earliest) : Math.max(last, earliest),
    parseTime(emptied.to),
    'the last Event of it, and the moment by which the Service was empty',
  );
}

/**
 * Its autoscaler asks for it and is told that there is none; that it scaled it once, its other conditions tell
 * (pkg/controller/podautoscaler/horizontal.go reconcileAutoscaler).
 */
function byScaler(facts: Facts, service: ServiceFact, emptied: Since): GoneWorkload | undefined {
  for (const scaler of facts.list(HPAS)) {
    if (scaler.ref.namespace !== service.namespace) continue;
    const body = facts.body(scaler);
    const target = dig(body, 'spec', 'scaleTargetRef');
    const kind = text(dig(target, 'kind')) ?? '';
    const name = text(dig(target, 'name')) ?? '';
    if (!isCalledLike(service, name) || !isGone(facts, kind, service.namespace, name)) continue;
    const conditions = items(dig(body, 'status', 'conditions'));
    const failing = conditions.find(
      ({ reason, message }) => reason === 'FailedGetScale' && /not found/.test(text(message) ?? ''),
    );
    if (failing === undefined || !conditions.some(({ type }) => type === 'ScalingActive')) continue;
    return {
      ref: refOf('apps/v1', kind, service.namespace, name),
      confidence: 'likely',
      leaving: false,
      told: `HorizontalPodAutoscaler ${scaler.ref.name}, which scaled it, finds it no more.`,
      since: sinceBetween(
        parseTime(emptied.from),
        parseTime(failing['lastTransitionTime']) ?? parseTime(emptied.to),
        'its autoscaler found it no more from then on at the latest',
      ),
      evidence: [fieldEvidence(facts, scaler, 'status.conditions[AbleToScale]', failing)],
      involves: [scaler.ref],
    };
  }
  return undefined;
}

const CLAIMS = 'persistentvolumeclaims';

/**
 * Claims outlive their StatefulSet unless it says otherwise, are called `<template>-<StatefulSet>-<number>`, and carry the
 * labels that it selected its pods by (pkg/controller/statefulset/stateful_set_utils.go getPersistentVolumeClaims).
 */
function byClaims(facts: Facts, service: ServiceFact, emptied: Since): GoneWorkload | undefined {
  const { namespace, selector } = service;
  for (const claim of facts.list(CLAIMS)) {
    if (claim.ref.namespace !== namespace) continue;
    if (!matchesSet(selector, parseLabels(dig(facts.body(claim), 'metadata', 'labels')))) continue;
    const [, ...parts] = (makerName('StatefulSet', claim.ref.name) ?? '').split('-');
    const name = parts
      .map((_, index) => parts.slice(index).join('-'))
      .find((one) => isCalledLike(service, one) && isGone(facts, 'StatefulSet', namespace, one));
    if (name === undefined) continue;
    return {
      ref: refOf('apps/v1', 'StatefulSet', namespace, name),
      confidence: 'likely',
      leaving: false,
      told: `PersistentVolumeClaim ${claim.ref.name} is left of its pods.`,
      since: emptied,
      evidence: [
        fieldEvidence(facts, claim, 'metadata.labels', dig(facts.body(claim), 'metadata', 'labels')),
      ],
      involves: [claim.ref],
    };
  }
  return undefined;
}
