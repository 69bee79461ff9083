/** Sidecars that do not come up, and programs that died because theirs was not up yet. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { MINUTE, SECOND } from '../../../src/core/time.ts';
import { items, text, time } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { eventEvidence, fieldEvidence, logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { failuresIn } from '../logs/failures.ts';
import { isLoopback } from '../logs/targets.ts';
import { beganToServe, SIDECARS, waitsForControlPlane } from './words.ts';
import type { LogRow } from '../object-rows.ts';
import { lastingContainers } from '../pods/containers.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import { isStarting } from '../probes/readiness.ts';
import type { ContainerRow } from '../rows.ts';
import { servicesReachedFor } from '../logs/waiting.ts';

/** The kubelet writes its times in whole seconds. */
const ROUNDED = SECOND;

export function sidecarOf(facts: Facts, pod: PodFact): string | undefined {
  return lastingContainers(facts, pod).find((name) => SIDECARS.has(name));
}

export interface Unready {
  readonly row: ContainerRow;
  /** Its words on the control plane that it waits for. */
  readonly waits: readonly LogRow[];
  /** The Services of its control plane, by what it is configured with and what it says. */
  readonly services: readonly ObjectRef[];
}

/**
 * A sidecar that runs and is not ready. One whose own death is the matter is told of as any container is. Istio lets a startup
 * probe fail for ten minutes: one that has said for a minute that its control plane does not answer is not merely starting.
 */
export function unreadySidecar(facts: Facts, pod: PodFact): Unready | undefined {
  const row = facts.troubled(pod).find(({ name, type }) => SIDECARS.has(name) && type !== 'init');
  if (row === undefined || row.ready === 1 || row.state !== 'running') return undefined;
  const now = facts.clock.endedAt;
  const waits = facts
    .logTail(pod, row.name, false, 200)
    .filter((line) => waitsForControlPlane(line) && line.at !== null);
  const [last, started] = [waits.at(-1)?.at ?? 0, row.started_at ?? now];
  const waited = now - started >= MINUTE && last - started >= MINUTE / 2 && now - last <= 2 * MINUTE;
  return isStarting(facts, pod) && !waited
    ? undefined
    : { row, waits, services: controlPlaneOf(facts, pod, row.name, waits) };
}

/** CA_ADDR and PROXY_CONFIG of Istio, LINKERD2_PROXY_…_SVC_ADDR of Linkerd. */
function controlPlaneOf(
  facts: Facts,
  pod: PodFact,
  sidecar: string,
  waits: readonly LogRow[],
): readonly ObjectRef[] {
  const spec = dig(facts.body(pod), 'spec');
  const own = [...items(dig(spec, 'containers')), ...items(dig(spec, 'initContainers'))].find(
    ({ name }) => name === sidecar,
  );
  const configured = items(own?.['env']).flatMap(({ name, value }) =>
    /^CA_ADDR$|^PROXY_CONFIG$|_SVC_ADDR$/.test(text(name) ?? '') ? (text(value) ?? []) : [],
  );
  return servicesReachedFor(facts, [...configured, ...waits.map((line) => line.text)], pod.namespace);
}

export interface TooEarly {
  readonly sidecar: string;
  readonly program: ContainerRow;
  readonly died: number;
  readonly evidence: readonly Evidence[];
}

/**
 * A program that found every connection refused and died of it before its sidecar took any: what istio-init and linkerd-init
 * redirect is refused for as long as nobody listens on the proxy’s port. Only where the program is still the worse for it.
 */
export function diedBeforeSidecar(facts: Facts, pod: PodFact): TooEarly | undefined {
  const sidecar = sidecarOf(facts, pod);
  if (sidecar === undefined) return undefined;
  for (const program of facts.troubled(pod)) {
    if (program.type !== 'app' || SIDECARS.has(program.name) || program.ready === 1) continue;
    const ended = program.state === 'terminated';
    const died = ended ? program.finished_at : program.last_finished_at;
    const code = ended ? program.exit_code : program.last_exit_code;
    if (died === null || code === 0 || code === null) continue;
    const refused = failuresIn(facts.logTail(pod, program.name, !ended, 20)).findLast(
      ({ way, target, line }) =>
        way === 'refused' && !isSpared(target) && (line.at ?? died) <= died + ROUNDED,
    );
    const proof = refused === undefined ? undefined : notUpAt(facts, pod, sidecar, died);
    if (refused !== undefined && proof !== undefined)
      return { sidecar, program, died, evidence: [logEvidence(refused.line, pod), ...proof] };
  }
  return undefined;
}

/** What is said to localhost goes past the proxy. */
function isSpared(target: string | undefined): boolean {
  return target !== undefined && isLoopback(target);
}

/** What shows that a sidecar that never restarted was not up at that moment; undefined where nothing does. */
function notUpAt(facts: Facts, pod: PodFact, sidecar: string, at: number): Evidence[] | undefined {
  const status = dig(facts.body(pod), 'status');
  const own = [
    ...items(dig(status, 'containerStatuses')),
    ...items(dig(status, 'initContainerStatuses')),
  ].find(({ name }) => name === sidecar);
  if (own === undefined || own['restartCount'] !== 0) return undefined;
  const started = time(dig(own, 'state', 'running', 'startedAt'));
  if (started !== null && started > at) {
    const path = `status.containerStatuses[${sidecar}].state.running.startedAt`;
    return [fieldEvidence(facts, pod, path, dig(own, 'state', 'running', 'startedAt'))];
  }
  const lines = facts.logTail(pod, sidecar, false, 400);
  const said = lines.find((line) => beganToServe(line) && line.at !== null);
  if (said !== undefined) return (said.at ?? 0) > at ? [logEvidence(said, pod)] : undefined;
  const waits = lines.find((line) => waitsForControlPlane(line) && (line.at ?? 0) >= at);
  if (waits !== undefined) return [logEvidence(waits, pod)];
  const probe = facts
    .events(pod.ref)
    .find(
      ({ reason, field_path, last_at }) =>
        reason === 'Unhealthy' && field_path?.includes(`{${sidecar}}`) === true && (last_at ?? 0) >= at,
    );
  if (probe !== undefined) return [eventEvidence(facts, probe)];
  // One that is up takes every connection, wherever it leads: nothing is refused any more.
  return own['ready'] === false
    ? [fieldEvidence(facts, pod, `status.containerStatuses[${sidecar}]`, { ready: false })]
    : undefined;
}
