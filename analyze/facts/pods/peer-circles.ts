/** A pod of a StatefulSet that waits for another of the same, which is not made, or has no name, before it is Ready itself. */
import { text } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { hostOf } from '../logs/targets.ts';
import type { Waits } from '../logs/waits.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { WorkloadFact } from '../workloads.ts';
import { involved, sinceFirst } from './pod-findings.ts';
import type { PodGroup } from './pod-groups.ts';

/** What each pod was seen to wait for. */
export type Waiting = ReadonlyMap<PodFact, Waits>;

/** A pod that waits, and whom for. */
interface Peer {
  readonly workload: WorkloadFact;
  readonly pod: PodFact;
  readonly awaited: Waits;
  /** `db-1`, and the Service in whose domain it was asked for. */
  readonly name: string;
  readonly ordinal: number;
  readonly governing: string;
}

/**
 * A StatefulSet makes a pod only when those before it are Ready (podManagementPolicy OrderedReady), and the names of its pods
 * resolve only once they are, unless its governing Service publishes them before (publishNotReadyAddresses): a pod that is not
 * Ready before it has found such a peer never is. Needs pods, Services and `WORKLOADS`.
 */
export function peerCircle(facts: Facts, group: PodGroup, waits: Waiting): CheckFinding | undefined {
  for (const peer of peersOf(facts, group, waits)) {
    const told = neverMade(facts, peer) ?? neverPublished(facts, peer, waits);
    if (told !== undefined)
      return {
        severity: 'critical',
        names: [],
        confidence: 'likely',
        object: group.ref,
        since: sinceSaid(group, waits),
        involves: involved(group),
        ...told,
      };
  }
  return undefined;
}

function peersOf(facts: Facts, { ref, namespace, pods }: PodGroup, waits: Waiting): Peer[] {
  const workload = facts.workloads.named('StatefulSet', namespace, ref.name);
  if (ref.kind !== 'StatefulSet' || workload === undefined) return [];
  return pods.flatMap((pod) => {
    const awaited = waits.get(pod);
    const [name = '', governing = '', where = namespace] = hostOf(awaited?.target ?? '').split('.');
    const ordinal = ordinalOf(ref.name, name);
    if (pod.ready === 'True' || awaited === undefined || ordinal === undefined || name === pod.name)
      return [];
    // Of another namespace, or of no Service at all (`db-1.example.com`), it is somebody else's pod of that name.
    const own =
      where === namespace && (governing === '' || facts.services.named(namespace, governing) !== undefined);
    return own ? [{ workload, pod, awaited, name, ordinal, governing }] : [];
  });
}

function ordinalOf(of: string, pod: string): number | undefined {
  const number = pod.startsWith(`${of}-`) ? pod.slice(of.length + 1) : '';
  return /^\d+$/.test(number) ? Number(number) : undefined;
}

type Told = Pick<CheckFinding, 'summary' | 'detail' | 'evidence' | 'remedy'>;

function neverMade(facts: Facts, { workload, pod, awaited, name, ordinal }: Peer): Told | undefined {
  const { namespace, name: of } = workload;
  const spec = dig(facts.body(workload), 'spec');
  const policy = text(dig(spec, 'podManagementPolicy')) ?? 'OrderedReady';
  const last = (Number(dig(spec, 'ordinals', 'start')) || 0) + (workload.replicas ?? 1);
  if (policy !== 'OrderedReady' || ordinal >= last || facts.pods.named(namespace, name) !== undefined)
    return undefined;
  // One before it is made first, whether or not this is Ready: something else keeps it away.
  if (ordinal <= (ordinalOf(of, pod.name) ?? ordinal)) return undefined;
  return {
    summary: `StatefulSet ${namespace}/${of} waits for its own pod ${name}, which is not made before ${pod.name} is Ready`,
    detail: `Its podManagementPolicy ${policy} makes each pod when those before it are Ready, and ${pod.name} is not Ready before it has found ${name}.`,
    evidence: [
      ...awaited.shown.slice(-1),
      fieldEvidence(facts, workload, 'spec.podManagementPolicy', policy),
      fieldEvidence(facts, pod, 'status.conditions[Ready]', { status: pod.ready }),
    ],
    remedy: {
      summary:
        'Let readiness not wait for peers; or make the StatefulSet anew with podManagementPolicy Parallel (it cannot be changed), and set publishNotReadyAddresses on its Service.',
      confirm: [
        kubectl(namespace, 'get', 'statefulset', of, '-o', 'yaml'),
        kubectl(namespace, 'logs', pod.name),
      ],
      mend: [],
    },
  };
}

function neverPublished(
  facts: Facts,
  { workload, pod, awaited, name, governing }: Peer,
  waits: Waiting,
): Told | undefined {
  const { namespace, name: of } = workload;
  const there = facts.pods.named(namespace, name);
  // A peer that has no node, or dies of a fault of its own, would be of no use with its address published.
  if (there === undefined || !waits.has(there)) return undefined;
  const service = facts.services.named(namespace, governing);
  if (awaited.way !== 'dns' || there.ready === 'True' || there.ended) return undefined;
  if (service?.headless !== true || service.publishNotReady) return undefined;
  return {
    summary: `StatefulSet ${namespace}/${of} waits for the name of its own pod ${name}, which does not resolve before that is Ready`,
    detail: `Service ${service.name} publishes only pods that are Ready (publishNotReadyAddresses is not set), and ${pod.name} is not Ready before it has found ${name}.`,
    evidence: [
      ...awaited.shown.slice(-1),
      fieldEvidence(facts, service, 'spec.publishNotReadyAddresses', false),
      fieldEvidence(facts, there, 'status.conditions[Ready]', { status: there.ready }),
    ],
    remedy: {
      summary:
        'Let its Service publish the addresses of pods that are not Ready yet, so that peers find each other.',
      confirm: [
        kubectl(namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${service.name}`),
      ],
      mend: [
        kubectl(
          namespace,
          'patch',
          'service',
          service.name,
          '-p',
          '{"spec":{"publishNotReadyAddresses":true}}',
        ),
      ],
    },
  };
}

/** Began no earlier than the pods, and was first said at the later time. */
export function sinceSaid(group: Pick<PodGroup, 'pods'>, waits: Waiting): CheckFinding['since'] {
  return sinceFirst(
    group,
    group.pods.flatMap((pod) => waits.get(pod)?.times ?? []),
    'the first such line that was captured; the pods are as old as the earlier time',
  );
}
