/** A mesh in the way: its sidecar is not ready or was late, demands TLS of who has none, or has no way for requests; and what it says of others. */
import { kubectl } from '../../facts/commands.ts';
import { notCaptured } from '../../facts/coverage.ts';
import { sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { failuresIn } from '../../facts/logs/failures.ts';
import { tellMeshed, type Meshed } from '../../facts/mesh/findings.ts';
import { PEER_AUTHENTICATIONS, strictFor } from '../../facts/mesh/mtls.ts';
import { diedBeforeSidecar, sidecarOf, unreadySidecar } from '../../facts/mesh/starts.ts';
import { AUTHORIZATION_POLICIES } from '../../facts/mesh/authorization.ts';
import { toldByServers, type ToldByServers } from '../../facts/mesh/servers.ts';
import { SERVICE_ENTRIES } from '../../facts/mesh/shut-in.ts';
import { toldOff } from '../../facts/mesh/told-off.ts';
import { OFTEN, turnedAwayBy, WITHIN, type TurnedAway } from '../../facts/mesh/traffic.ts';
import { lastingContainers } from '../../facts/pods/containers.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { servicesReachedFor } from '../../facts/logs/waiting.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

const check: Check = {
  id: 'pod/mesh',
  layer: 'pod',
  title: 'Mesh sidecar in the way',
  role: 'cause',
  needs: ['list:pods'],
  uses: [
    ...WORKLOADS,
    'list:services',
    'list:nodes',
    `list:${PEER_AUTHENTICATIONS}`,
    `list:${AUTHORIZATION_POLICIES}`,
    `list:${SERVICE_ENTRIES}`,
    'list:events',
    'logs',
  ],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'A sidecar carries all traffic of its pod. While it is not ready the pod is not Ready and its requests fail, whatever ' +
      'the program does; a program that begins before it finds every connection refused. Where mutual TLS is STRICT, a client ' +
      'that speaks plain text is cut off before a request is read (`filter_chain_not_found`). The access log gives the reason ' +
      'of each failed request as response flags: NR, NC and errors of TLS are the mesh’s own rules; of the rest (UH, UF, URX, ' +
      'UC, UR, UT, UO) the upstream is at fault, and they are told as its symptom. What policies turn away has no flag: Envoy’s ' +
      'RBAC filter answers 403 with the policy in its details (`rbac_access_denied_matched_policy[…]`, `none` where ALLOW ' +
      'policies are there and none matches) or closes the connection with it, as ztunnel does (`policy rejection`); Linkerd logs ' +
      '`denied` with the Server; under ' +
      'REGISTRY_ONLY what the proxy does not know is answered 502 by the route `block_all` or goes to BlackHoleCluster. Told ' +
      'when a way, or one client, fails at least three times within ten minutes, a quarter of its requests, and still does. ' +
      'What both ends logged is told once, of the server.',
    notConfusedWith: [
      'an upstream that is truly empty (UH) or refuses (UF): the Service’s or the program’s own fault',
      'a sidecar that starts with its pod',
      'a few failed requests during a rollout',
      'clients that go away (DC), and what a program answers itself (no flag)',
      'strangers who ask a gateway for hosts that it does not have, or whom it denies',
      'an external authorizer that says no (UAEX), and policies that merely could deny somebody',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/',
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/753-sidecar-containers',
    ],
  },
  explains: [
    { check: 'pod/not-ready', sharing: 'object', from: 'cause' },
    { check: 'pod/crash-loop', sharing: 'object', from: 'cause' },
    { check: 'pod/job-failed', sharing: 'object', from: 'cause' },
    { check: 'service/no-endpoints', sharing: 'object', from: 'cause' },
    'pod/dependency-unreachable',
    { check: 'pod/dependency-unreachable', sharing: 'names', from: 'cause' },
  ],
  run(facts) {
    const since = facts.clock.endedAt - WITHIN;
    const named = (rows: ReturnType<Facts['flagged']>): Set<string> =>
      new Set(rows.map(({ namespace, pod }) => `${namespace}/${pod}`));
    const complaining = named(facts.complaining(since, 1));
    const flagged = named(facts.flagged(since, 1));
    const troubled = facts.troubledPods();
    const isFlagged = (pod: PodFact): boolean => flagged.has(`${pod.namespace}/${pod.name}`);
    const proxied = facts.pods.all.filter(isFlagged);
    const turned = turnedAwayBy(facts, proxied);
    const told = toldByServers(facts, proxied);
    return judgePods(
      facts,
      livePods(facts),
      (pod) => {
        const complains = complaining.has(`${pod.namespace}/${pod.name}`);
        const away = pod.hostNetwork ? undefined : turned.get(pod.ip ?? '');
        const bad = meshed(facts, pod, {
          isTroubled: troubled.has(pod.id),
          isFlagged: isFlagged(pod),
          complains,
          away,
          told,
        });
        return bad === undefined ? FINE : answerOf(facts, pod, bad);
      },
      (struck) => findingOf(facts, struck, told),
    );
  },
};
export default check;

const FINE: PodAnswer<Meshed> = { fine: 'no sidecar of a mesh is unready or says that its requests fail' };

/** Denied by a policy, and by none that can be named: that much is known, and nothing is guessed. */
function answerOf(facts: Facts, pod: PodFact, bad: Meshed): PodAnswer<Meshed> {
  if (bad.kind !== 'told-off' || bad.why !== undefined) return { bad };
  const policies = facts.coverage(AUTHORIZATION_POLICIES);
  return {
    unknown: policies.known ? notCaptured('logs') : policies.gap,
    why: `it is told "RBAC: access denied" by ${bad.server}, and neither an access log nor a policy that lets nobody in tells which AuthorizationPolicy it is`,
  };
}

interface Signs {
  readonly isTroubled: boolean;
  readonly isFlagged: boolean;
  readonly complains: boolean;
  readonly away: readonly TurnedAway[] | undefined;
  readonly told: ToldByServers;
}

/** The nearest to the cause first. */
function meshed(facts: Facts, pod: PodFact, signs: Signs): Meshed | undefined {
  const early = signs.isTroubled ? diedBeforeSidecar(facts, pod) : undefined;
  if (early !== undefined) return { kind: 'early', ...early };
  const unready = signs.isTroubled ? unreadySidecar(facts, pod) : undefined;
  if (unready !== undefined) return { kind: 'unready', ...unready };
  if (signs.away !== undefined) return { kind: 'plain', sidecar: sidecarOf(facts, pod), turned: signs.away };
  const denied = signs.told.deniedBy(pod);
  if (denied !== undefined) return { kind: 'denied', ...denied };
  const sidecar = signs.isFlagged ? sidecarOf(facts, pod) : undefined;
  const logged = sidecar === undefined ? undefined : byAccessLog(pod, sidecar, signs.told);
  // Whom a server tells that it denies needs no telling of its own.
  if (logged !== undefined || !signs.complains || signs.told.isClient(pod)) return logged;
  const off = hasPolicies(facts) ? toldOff(facts, pod) : undefined;
  if (off !== undefined) return { kind: 'told-off', ...off };
  return facts.list(PEER_AUTHENTICATIONS).length > 0 ? cutOff(facts, pod) : undefined;
}

/** There are AuthorizationPolicies, or may be: their list did not come. */
function hasPolicies(facts: Facts): boolean {
  const listed = facts.coverage(AUTHORIZATION_POLICIES);
  const isAsked = listed.known || listed.gap !== notCaptured(AUTHORIZATION_POLICIES);
  return facts.list(AUTHORIZATION_POLICIES).length > 0 || (isAsked && !listed.known);
}

/** What its own proxy logged; where the other end told of it, that is where it is told. */
function byAccessLog(pod: PodFact, sidecar: string, told: ToldByServers): Meshed | undefined {
  const shut = told.shutInAt(pod);
  if (shut !== undefined) return { kind: 'shut-in', sidecar, ...shut };
  const failing = told.failingAt(pod);
  return failing === undefined ? undefined : { kind: 'failing', sidecar, ...failing };
}

/** A client without a sidecar that says its connections are reset by a Service of which every pod demands mutual TLS. */
function cutOff(facts: Facts, pod: PodFact): Meshed | undefined {
  if (sidecarOf(facts, pod) !== undefined) return undefined;
  for (const name of lastingContainers(facts, pod)) {
    const lines = failuresIn(facts.logTail(pod, name, false, 100))
      .filter(({ way, line }) => way === 'reset' && facts.clock.endedAt - (line.at ?? 0) <= WITHIN)
      .map(({ line }) => line);
    if (lines.length < OFTEN) continue;
    const texts = lines.map(({ text }) => text);
    for (const { namespace = '', name: service } of servicesReachedFor(facts, texts, pod.namespace)) {
      const found = facts.services.named(namespace, service);
      const behind = facts.pods.select(namespace, found?.selector).filter(({ ended }) => !ended);
      const demands = behind.map((one) => strictFor(facts, one));
      const [strict] = demands;
      if (strict !== undefined && demands.every((one) => one !== undefined))
        return { kind: 'cut', server: `Service ${namespace}/${service}`, strict, lines };
    }
  }
  return undefined;
}

function findingOf(facts: Facts, struck: Struck<Meshed>, servers: ToldByServers): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const told = tellMeshed(facts, nameOf(struck), pod, bad);
  const shows = bad.kind === 'failing' && bad.whose === 'upstream';
  const callers = servers.callersOf(struck.pods);
  // Of what waits, and for whom: never what the program beside it is configured with.
  const services = struck.seen.flatMap(({ bad: one }) =>
    one.kind === 'unready' || one.kind === 'shut-in' || (one.kind === 'failing' && one.whose === 'upstream')
      ? one.services
      : [],
  );
  const names = [...new Map(services.map((ref) => [`${ref.namespace}/${ref.name}`, ref])).values()];
  return {
    severity: shows || isPartial(pod, bad) ? 'warning' : 'critical',
    confidence: CERTAIN.has(bad.kind) ? 'certain' : 'likely',
    // What is empty, down or slow is that upstream's fault; the flags only show it.
    ...(shows ? { role: 'symptom' as const } : {}),
    object: struck.ref,
    summary: told.summary,
    detail: `${affected(struck)}${callers.length === 0 ? '' : ` Logged at the other end as well, by the sidecar of ${callers.slice(0, 5).join(', ')}.`}`,
    evidence: told.evidence,
    since: sinceBetween(
      pod.createdAt,
      told.at,
      'the first sign that was captured; the pod is as old as the earlier time',
    ),
    involves: [...involved(struck), ...policiesOf(bad)],
    names,
    remedy: {
      summary: told.remedy,
      confirm: [
        kubectl(
          struck.namespace,
          'logs',
          pod.name,
          ...(told.container === undefined ? [] : ['-c', told.container]),
        ),
      ],
      mend: [],
    },
  };
}

const CERTAIN: ReadonlySet<Meshed['kind']> = new Set(['unready', 'plain', 'denied', 'shut-in']);

/** Others are let in, or it goes on without what it is not let out to. */
function isPartial(pod: PodFact, bad: Meshed): boolean {
  if (bad.kind === 'denied') return !bad.everybody;
  return (bad.kind === 'plain' || bad.kind === 'shut-in') && pod.ready === 'True';
}

function policiesOf(bad: Meshed): CheckFinding['involves'] {
  if (bad.kind === 'denied' || bad.kind === 'told-off') return bad.policies.slice(0, 3).map(({ ref }) => ref);
  return [];
}
