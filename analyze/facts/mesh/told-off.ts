/** A program that is told `RBAC: access denied`, the body that Envoy's RBAC filter answers with (rbac_filter.cc), where no access log says by which policy. */
import { logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { servicesReachedFor } from '../logs/waiting.ts';
import type { LogRow } from '../object-rows.ts';
import type { KeptObject } from '../objects.ts';
import { lastingContainers } from '../pods/containers.ts';
import type { PodFact } from '../pods.ts';
import type { Evidence } from '../../model/finding.ts';
import { shutters } from './authorization.ts';
import { OFTEN, STILL, WITHIN } from './traffic.ts';
import { SIDECARS } from './words.ts';

export interface ToldOff {
  readonly server: string;
  /** Undefined where more than one could be it. */
  readonly why: string | undefined;
  readonly policies: readonly KeptObject[];
  readonly lines: readonly LogRow[];
  readonly evidence: readonly Evidence[];
}

const DENIED = 'RBAC: access denied';

/** By a pod's own log; `why` only where a policy lets nobody in to any pod of the Service that the log names. */
export function toldOff(facts: Facts, pod: PodFact): ToldOff | undefined {
  const now = facts.clock.endedAt;
  for (const name of lastingContainers(facts, pod).filter((one) => !SIDECARS.has(one))) {
    const lines = facts
      .logTail(pod, name, false, 100)
      .filter(({ text, at }) => text.includes(DENIED) && now - (at ?? 0) <= WITHIN);
    if (lines.length < OFTEN || now - (lines.at(-1)?.at ?? 0) > STILL) continue;
    const texts = lines.map(({ text }) => text);
    const [service, ...more] = servicesReachedFor(facts, texts, pod.namespace);
    const evidence = lines.slice(-3).map((line) => logEvidence(line, pod));
    if (service === undefined || more.length > 0)
      return { server: 'what it calls', why: undefined, policies: [], lines, evidence };
    const { namespace = '', name: named } = service;
    const behind = facts.pods
      .select(namespace, facts.services.named(namespace, named)?.selector)
      .filter(({ ended }) => !ended);
    const deciders = behind.map((one) => shutters(facts, one));
    const [first] = deciders;
    const isSure = first !== undefined && deciders.every((one) => one !== undefined);
    return {
      server: `Service ${namespace}/${named}`,
      why: isSure ? first.words : undefined,
      policies: isSure ? first.policies : [],
      lines,
      evidence,
    };
  }
  return undefined;
}
