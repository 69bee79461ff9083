/** A mesh in the way: its sidecar is not ready, or says in its access log that it could not pass requests on. */
import { plural } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, logEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { FLAGS, flaggedIn, type Flagged } from '../../facts/mesh-words.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  type PodAnswer,
  type Struck,
} from '../../facts/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig } from '../../facts/read.ts';
import { isStarting } from '../../facts/readiness.ts';
import type { ContainerRow } from '../../facts/rows.ts';
import { servicesReachedFor } from '../../facts/waiting.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

const SIDECARS = new Set(['istio-proxy', 'linkerd-proxy']);
const WITHIN = 10 * MINUTE;
const OFTEN = 3;

const check: Check = {
  id: 'pod/mesh',
  layer: 'pod',
  title: 'Mesh sidecar in the way',
  role: 'cause',
  needs: ['list:pods'],
  uses: [...WORKLOADS, 'list:services', 'list:security.istio.io/peerauthentications', 'logs'],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'A sidecar carries all traffic of its pod. While it is not ready the pod is not Ready and its requests fail, whatever ' +
      'the program does; a program started before it finds the network dead. Its access log gives the reason of each ' +
      'failed request as response flags (UH, UF, NR, UC, URX). With STRICT mutual TLS a client without a sidecar is cut off.',
    notConfusedWith: [
      'an upstream that is truly empty (UH): the Service’s own fault',
      'a sidecar that starts with its pod',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/',
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/753-sidecar-containers',
    ],
  },
  explains: ['pod/not-ready', 'pod/dependency-unreachable', 'pod/crash-loop', 'service/no-endpoints'],
  run(facts) {
    const complaining = facts.complaining(facts.clock.endedAt - WITHIN, 1);
    const noisy = new Set(complaining.map(({ namespace, pod }) => `${namespace}/${pod}`));
    const proxied = new Set(
      facts.flagged(facts.clock.endedAt - WITHIN, OFTEN).map(({ namespace, pod }) => `${namespace}/${pod}`),
    );
    const troubled = facts.troubledPods();
    const strict = strictNamespaces(facts);
    return judgePods(
      facts,
      livePods(facts),
      (pod) =>
        troubled.has(pod.id) ||
        proxied.has(`${pod.namespace}/${pod.name}`) ||
        (strict.size > 0 && noisy.has(`${pod.namespace}/${pod.name}`))
          ? meshed(facts, pod, strict)
          : { fine: 'no sidecar of a mesh complains in it' },
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

type Meshed =
  | { readonly kind: 'sidecar'; readonly row: ContainerRow }
  | { readonly kind: 'first'; readonly row: ContainerRow }
  | { readonly kind: 'flags'; readonly flagged: readonly Flagged[] }
  | { readonly kind: 'strict'; readonly namespace: string; readonly lines: ReturnType<Facts['logTail']> };

function meshed(facts: Facts, pod: PodFact, strict: ReadonlySet<string>): PodAnswer<Meshed> {
  const sidecar = facts.troubled(pod).find(({ name }) => SIDECARS.has(name));
  if (sidecar !== undefined && sidecar.ready !== 1 && pod.phase === 'Running' && !isStarting(facts, pod)) {
    const others = facts
      .troubled(pod)
      .filter((one) => one.ready !== 1 && !SIDECARS.has(one.name) && one.type !== 'init');
    const died = others.find((one) => (one.last_finished_at ?? 0) > 0);
    return { bad: died === undefined ? { kind: 'sidecar', row: sidecar } : { kind: 'first', row: sidecar } };
  }
  for (const name of SIDECARS) {
    const flagged = facts
      .logTail(pod, name, false, 200)
      .flatMap((line) => flaggedIn(line) ?? [])
      .filter(({ line }) => facts.clock.endedAt - (line.at ?? 0) <= WITHIN);
    if (flagged.length >= OFTEN) return { bad: { kind: 'flags', flagged } };
  }
  return (
    cutOff(facts, pod, strict) ?? { fine: 'no sidecar of a mesh is unready or says that requests failed' }
  );
}

function strictNamespaces(facts: Facts): Set<string> {
  return new Set(
    facts
      .list('security.istio.io/peerauthentications')
      .filter((one) => dig(facts.body(one), 'spec', 'mtls', 'mode') === 'STRICT')
      .flatMap(({ ref }) => ref.namespace ?? []),
  );
}

/** A client without a sidecar whose connections to a STRICT namespace are reset. */
function cutOff(facts: Facts, pod: PodFact, strict: ReadonlySet<string>): PodAnswer<Meshed> | undefined {
  if (strict.size === 0) return undefined;
  const body = facts.body(pod);
  const names = [dig(body, 'spec', 'containers'), dig(body, 'spec', 'initContainers')]
    .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
    .map((one) => dig(one, 'name'));
  if (names.some((name) => typeof name === 'string' && SIDECARS.has(name))) return undefined;
  for (const name of names) {
    if (typeof name !== 'string') continue;
    const lines = facts
      .logTail(pod, name, false, 100)
      .filter(
        ({ text, at }) =>
          /connection reset by peer|ECONNRESET|unexpected EOF|socket hang up/i.test(text) &&
          facts.clock.endedAt - (at ?? 0) <= WITHIN,
      );
    const reached = servicesReachedFor(
      facts,
      lines.map(({ text }) => text),
      pod.namespace,
    );
    const namespace = reached.map((ref) => ref.namespace ?? '').find((one) => strict.has(one));
    if (lines.length >= OFTEN && namespace !== undefined)
      return { bad: { kind: 'strict', namespace, lines } };
  }
  return undefined;
}

function findingOf(facts: Facts, struck: Struck<Meshed>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const told = tell(facts, struck, pod, bad);
  const name =
    bad.kind === 'sidecar' || bad.kind === 'first'
      ? bad.row.name
      : bad.kind === 'flags'
        ? 'istio-proxy'
        : undefined;
  return {
    severity: bad.kind === 'flags' ? 'warning' : 'critical',
    confidence: bad.kind === 'sidecar' ? 'certain' : 'likely',
    // An upstream that is empty or down is that upstream's fault; the flags only show it.
    ...(bad.kind === 'flags' ? { role: 'symptom' as const } : {}),
    object: struck.ref,
    summary: told.summary,
    detail: affected(struck),
    evidence: told.evidence,
    since: sinceBetween(
      pod.createdAt,
      told.at,
      'the first sign that was captured; the pod is as old as the earlier time',
    ),
    involves: involved(struck),
    remedy: {
      summary: told.remedy,
      confirm: [
        name === undefined
          ? kubectl(struck.namespace, 'logs', pod.name)
          : kubectl(struck.namespace, 'logs', pod.name, '-c', name),
      ],
      mend: [],
    },
  };
}

interface Told {
  readonly summary: string;
  readonly evidence: CheckFinding['evidence'];
  readonly remedy: string;
  readonly at: number | undefined;
}

function tell(facts: Facts, struck: Struck<Meshed>, pod: PodFact, bad: Meshed): Told {
  if (bad.kind === 'flags') {
    const [first] = bad.flagged;
    const flag = first?.flag ?? '';
    return {
      summary: `The sidecar of ${nameOf(struck)} could not pass on ${plural(bad.flagged.length, 'request')}: ${flag}, ${FLAGS[flag] ?? ''}${first?.said === undefined || first.said === '' ? '' : ` (${first.said.slice(0, 120)})`}`,
      evidence: bad.flagged.slice(-3).map(({ line }) => logEvidence(line, pod)),
      remedy: 'Look at the upstream that the access log names, and at the mesh’s rules for it.',
      at: first?.line.at ?? undefined,
    };
  }
  if (bad.kind === 'strict') {
    return {
      summary: `${nameOf(struck)} has no sidecar, and namespace ${bad.namespace} demands mutual TLS (STRICT): its connections are cut`,
      evidence: bad.lines.slice(-3).map((line) => logEvidence(line, pod)),
      remedy: 'Give the client a sidecar, or allow PERMISSIVE for the port it uses.',
      at: bad.lines[0]?.at ?? undefined,
    };
  }
  const { row } = bad;
  const list = row.type === 'sidecar' ? 'initContainerStatuses' : 'containerStatuses';
  return {
    summary: `Sidecar ${row.name} of ${nameOf(struck)} is not ready (${row.state ?? 'not started'}${row.reason === null ? '' : `, ${row.reason}`})${bad.kind === 'first' ? ', and the program started without it' : ''}: no traffic passes`,
    evidence: [
      fieldEvidence(facts, pod, `status.${list}[${row.name}]`, {
        ready: false,
        state: row.state,
        reason: row.reason,
        restartCount: row.restarts,
      }),
    ],
    remedy:
      'Read the sidecar’s log: it often waits for the mesh’s control plane. Let the program start after it (native sidecar, holdApplicationUntilProxyStarts).',
    at: row.last_finished_at ?? row.started_at ?? undefined,
  };
}
