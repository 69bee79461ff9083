/** kube-proxy missing on a node, or failing to write the rules that Services rest on. */
import { objectKey } from '../../../src/core/ids.ts';
import { MINUTE, parseTime } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { deathOf } from '../../facts/pods/deaths.ts';
import { fieldEvidence, logEvidence, SINCE_UNKNOWN, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  healthFile,
  proxyDaemon,
  proxyHealth,
  proxyPods,
  replacementOf,
  type ProxyHealth,
} from '../../facts/platform/kube-proxy.ts';
import { failingSyncs, unreadKinds } from '../../facts/platform/kube-proxy-words.ts';
import { isLooping } from '../../facts/pods/looping.ts';
import type { LogRow } from '../../facts/object-rows.ts';
import type { PodFact } from '../../facts/pods.ts';
import { nodesOf, type NodeFact } from '../../facts/nodes.ts';
import { groupBy } from '../../facts/read.ts';
import type { ContainerRow } from '../../facts/rows.ts';
import type { CheckFinding, Evidence, Since } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/kube-proxy',
  layer: 'platform',
  title: 'Node whose Service rules nobody keeps',
  role: 'cause',
  needs: ['list:nodes', 'list:pods'],
  uses: [...WORKLOADS, 'list:services', 'logs', 'nodes', 'list:configmaps', 'list:events'],
  explain: {
    rule:
      'On each node kube-proxy turns Services and EndpointSlices into rules of the kernel; without it, or while its syncs ' +
      'fail, the rules stay as they were. Found on a node with other pods, where the DaemonSet kube-proxy has no pod, or one ' +
      'that is not Ready or dies each time it is started, where its log says that syncs fail or that it may not read ' +
      'Services, where its own health (port 10256) says that it has stopped syncing, or where nobody answers there while ' +
      'kube-proxy of other nodes does.',
    notConfusedWith: [
      'clusters whose network plugin replaces kube-proxy',
      'a node that joined within the last minute, or that is down itself',
      'a node that the DaemonSet kube-proxy leaves out by its labels or taints: Windows, Fargate, virtual ones',
      'failed syncs, after which others went well: by its own word, or because it tried again and said no more',
      'syncs of IPv6 that fail where no pod has an IPv6 address',
      'watches that broke while the API server was away',
      'a node that is about to go: its kube-proxy says 503 so that load balancers leave it',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/networking/virtual-ips/',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/healthcheck/proxy_health.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/iptables/proxier.go',
    ],
  },
  explains: [
    { check: 'pod/not-ready', sharing: 'hosts' },
    { check: 'pod/crash-loop', sharing: 'hosts' },
    { check: 'pod/dependency-unreachable', sharing: 'hosts' },
  ],
  run(facts) {
    if (replacementOf(facts) !== undefined) return [];
    const pods = proxyPods(facts);
    const meant = proxyDaemon(facts);
    const nodes = nodesOf(facts).map((node) => ({ node, health: proxyHealth(facts, node.name) }));
    const answering = nodes.some(({ health }) => health !== undefined && health.said !== 'refused');
    const on = groupBy(
      facts.pods.all.filter(({ ended, hostNetwork }) => !ended && !hostNetwork),
      (pod) => pod.node,
    );
    const answers = nodes
      .filter(({ node }) => (on.get(node.name) ?? []).length > 0)
      .map(({ node, health }) =>
        judge(facts, {
          node,
          pod: pods.get(node.name)?.[0],
          health,
          meant: meant?.(facts.body(node)),
          answering,
          families: familiesOf(on.get(node.name) ?? []),
        }),
      );
    const failing = answers.filter((one): one is Failing => !('outcome' in one));
    // What ails several alike has one cause: their configuration, image, rights, or what they all ask.
    return [
      ...answers.filter((one): one is Judged => 'outcome' in one),
      ...[...groupBy(failing, ({ fault }) => fault.words.replaceAll(/\d+/g, '0')).values()].map(
        (group): Judged => ({ outcome: 'fail', finding: findingOf(facts, group) }),
      ),
    ];
  },
};
export default check;

interface Seen {
  readonly node: NodeFact;
  readonly pod: PodFact | undefined;
  readonly health: ProxyHealth | undefined;
  /** A DaemonSet makes one for this node, or leaves it out; undefined: none makes any. */
  readonly meant: boolean | undefined;
  /** kube-proxy answers on some node. */
  readonly answering: boolean;
  /** Of the addresses of the node's pods. */
  readonly families: ReadonlySet<string>;
}

/** Those of the pods' first addresses; IPv4 where none has one yet. */
function familiesOf(pods: readonly PodFact[]): ReadonlySet<string> {
  const families = new Set(
    pods.flatMap(({ ip }) => (ip === undefined ? [] : [ip.includes(':') ? 'IPv6' : 'IPv4'])),
  );
  return families.size === 0 ? new Set(['IPv4']) : families;
}

/** What is wrong with a kube-proxy, and what shows it. */
interface Fault {
  /** After "Node NAME has ". */
  readonly words: string;
  readonly lines?: readonly LogRow[];
  readonly confidence?: 'likely';
  readonly dead?: ContainerRow;
}

interface Failing {
  readonly seen: Seen;
  readonly fault: Fault;
}

function judge(facts: Facts, seen: Seen): Judged | Failing {
  const { node, pod, health } = seen;
  const young = node.createdAt !== undefined && facts.clock.endedAt - node.createdAt < MINUTE;
  // A node whose kubelet is silent leaves all its pods not Ready: that is the node, not its kube-proxy.
  if (young || node.deleting || isDown(node) || pod?.terminating === true) return passOf(node);
  const fault = pod === undefined ? undefined : faultOfPod(facts, seen, pod);
  if (health?.said === 'unhealthy') {
    const by = `a kube-proxy that has not synced its rules since ${health.lastUpdated ?? 'long'}, by its own word`;
    const more = fault?.lines === undefined ? '' : `: ${fault.words.replace(/^a kube-proxy /, 'one ')}`;
    return { seen, fault: { words: `${by}${more}`, lines: fault?.lines ?? [] } };
  }
  if (fault !== undefined) return { seen, fault };
  if (health?.said === 'healthy' || pod !== undefined) return passOf(node);
  return judgeAbsent(seen);
}

/** How much of its log is read: a failed sync may write the rules that it tried. */
const READ_LINES = 200;

function faultOfPod(facts: Facts, seen: Seen, pod: PodFact): Fault | undefined {
  const { health, answering } = seen;
  const { endedAt } = facts.clock;
  const dead = facts.troubled(pod).find((one) => isLooping(one, endedAt));
  if (dead !== undefined) {
    const { words, lines } = deathOf(facts, pod, dead);
    return { words: `a kube-proxy that dies each time it is started: ${words}`, lines, dead };
  }
  const log = facts.logTail(pod, 'kube-proxy', false, READ_LINES);
  const synced = health === undefined || health.said === 'refused' ? new Map() : health.synced;
  const failing = failingSyncs(log, synced, seen.families, endedAt);
  if (failing !== undefined)
    return {
      words: `a kube-proxy whose syncs fail: ${failing.why}`,
      lines: failing.lines,
      ...(synced.size === 0 ? { confidence: 'likely' } : {}),
    };
  const unread = unreadKinds(log, endedAt, health?.said === 'refused');
  if (unread !== undefined)
    return {
      words: `a kube-proxy that cannot read what its rules are made of: ${unread.why}`,
      lines: unread.lines,
    };
  if (health?.said === 'healthy' || isLately(facts, pod)) return undefined;
  if (pod.ready !== 'True') return { words: 'a kube-proxy that is not Ready' };
  return health?.said === 'refused' && answering
    ? {
        words: 'a kube-proxy that runs, and does not answer on its port 10256 as those of other nodes do',
        confidence: 'likely',
      }
    : undefined;
}

/** Its state has changed within the last minute. */
function isLately(facts: Facts, pod: PodFact): boolean {
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? 0;
  return facts.clock.endedAt - Math.max(turned, pod.createdAt ?? 0) < MINUTE;
}

/** A node without a pod of kube-proxy, which did not say that it is well. */
function judgeAbsent(seen: Seen): Judged | Failing {
  const { node, health, meant, answering } = seen;
  // Windows nodes, those of Fargate and the virtual ones have none, or one that is no pod.
  if (meant === false)
    return { outcome: 'pass', object: node.ref, because: 'the DaemonSet kube-proxy is not meant for it' };
  if (meant) return { seen, fault: { words: 'no kube-proxy' } };
  if (health?.said === 'refused' && answering)
    return {
      seen,
      fault: {
        words: 'no kube-proxy: nobody answers on its port 10256, as kube-proxy of other nodes does',
        confidence: 'likely',
      },
    };
  const detail =
    health === undefined
      ? `kube-proxy is no pod on ${node.name}, and its health there was not captured`
      : 'kube-proxy is no pod, and answers on no node: something else may do its work';
  return { outcome: 'unknown', object: node.ref, because: 'not-captured:kube-proxy', detail };
}

function passOf({ ref }: NodeFact): Judged {
  return { outcome: 'pass', object: ref, because: 'its kube-proxy is well and complains of no sync' };
}

function isDown({ conditions }: NodeFact): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status !== 'True');
}

function evidenceOf(facts: Facts, { node, pod, health }: Seen, { lines = [], dead }: Fault): Evidence[] {
  const asked: Evidence[] =
    health === undefined || health.said === 'healthy'
      ? []
      : [{ kind: 'probe', text: `kube-proxy healthz: ${health.text}`, file: healthFile(node.name), line: 1 }];
  if (pod === undefined)
    return [
      ...asked,
      fieldEvidence(facts, node, 'metadata.name', node.name, { text: 'no pod of kube-proxy is bound to it' }),
    ];
  return [
    ...asked,
    fieldEvidence(facts, pod, 'status.conditions[type=Ready].status', pod.ready ?? null),
    ...(dead === undefined
      ? []
      : [
          fieldEvidence(facts, pod, `status.containerStatuses[${dead.name}]`, {
            state: dead.state,
            reason: dead.reason,
            restartCount: dead.restarts,
            lastExitCode: dead.last_exit_code,
          }),
        ]),
    ...lines.slice(-3).map((line) => logEvidence(line, pod)),
  ];
}

/** As many nodes as a finding names, and as many as it shows evidence of. */
const NAMED = 4;
const SHOWN = 3;

function findingOf(facts: Facts, failing: readonly Failing[]): CheckFinding {
  const [first, ...more] = failing;
  if (first === undefined) throw new Error('a finding needs a node');
  const { seen, fault } = first;
  const { node, pod } = seen;
  const names = failing.map((one) => one.seen.node.name);
  const said = `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''}`;
  const nodes = more.length === 0 ? `Node ${node.name} has` : `${names.length} nodes (${said}) have`;
  const pods = failing.flatMap((one) => one.seen.pod ?? []);
  const lineage = pods.flatMap((one) => facts.workloads.lineage(one).map(({ ref }) => ref));
  return {
    severity: 'critical',
    confidence: fault.confidence ?? 'certain',
    object: node.ref,
    summary: `${nodes} ${fault.words}`,
    detail: `${more.length === 0 ? 'Its' : 'Their'} rules for Services stay as they were: pods that came since are not reached from there, and those that went are still tried.`,
    evidence: failing.slice(0, SHOWN).flatMap((one) => evidenceOf(facts, one.seen, one.fault)),
    since: earliest(failing.map((one) => sinceOf(facts, one.seen.health, one.seen.pod, one.fault))),
    involves: [
      ...more.map((one) => one.seen.node.ref),
      ...pods.map(({ ref }) => ref),
      ...new Map(lineage.map((ref) => [objectKey(ref), ref])).values(),
    ],
    remedy: {
      summary: `Bring ${more.length === 0 ? 'its' : 'their'} kube-proxy back; its log says what it lacks.`,
      confirm: [
        ...(pod === undefined && seen.meant !== true
          ? [kubectl(undefined, 'get', '--raw', `/api/v1/nodes/${node.name}:10256/proxy/healthz`)]
          : [kubectl('kube-system', 'get', 'pods', '-l', 'k8s-app=kube-proxy', '-o', 'wide')]),
        ...(pod === undefined ? [] : [kubectl('kube-system', 'logs', pod.name)]),
      ],
      mend: [],
    },
  };
}

/** Of several, that which ended first: from then on one node at least was struck. */
function earliest(all: readonly Since[]): Since {
  return all.reduce((a, b) => ((b.to ?? b.from ?? '~') < (a.to ?? a.from ?? '~') ? b : a));
}

function sinceOf(
  facts: Facts,
  health: ProxyHealth | undefined,
  pod: PodFact | undefined,
  fault: Fault,
): Since {
  const updated = health?.said === 'unhealthy' ? parseTime(health.lastUpdated) : undefined;
  if (updated !== undefined)
    return sinceBetween(updated, facts.clock.startedAt, 'its last good sync, by its own word');
  if (pod === undefined) return SINCE_UNKNOWN;
  if (fault.dead !== undefined) {
    const backOff = facts.events(pod.ref).find(({ reason }) => reason === 'BackOff')?.first_at;
    return sinceBetween(
      pod.createdAt,
      backOff ?? undefined,
      'between the making of its pod and its first back-off',
    );
  }
  const [line] = fault.lines ?? [];
  if (line?.at != null) return sinceBetween(pod.createdAt, line.at, 'a line of its log that says so');
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at;
  return typeof turned === 'number' && pod.ready !== 'True'
    ? sinceBetween(undefined, turned, 'the transition of the condition Ready')
    : SINCE_UNKNOWN;
}
