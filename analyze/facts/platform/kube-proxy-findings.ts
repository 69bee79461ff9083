/** What is told of nodes without a kube-proxy, or with one that fails. */
import { objectKey } from '../../../src/core/ids.ts';
import { parseTime } from '../../../src/core/time.ts';
import type { CheckFinding, Evidence, Since } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence, logEvidence, SINCE_UNKNOWN, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { NodeFact } from '../nodes.ts';
import type { LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import type { ContainerRow } from '../rows.ts';
import { healthFile, type ProxyHealth } from './kube-proxy.ts';

/** A node, and what was seen of its kube-proxy. */
export interface Seen {
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

/** What is wrong with a kube-proxy, and what shows it. */
export interface Fault {
  /** After "Node NAME has ". */
  readonly words: string;
  readonly lines?: readonly LogRow[];
  readonly confidence?: 'likely';
  readonly dead?: ContainerRow;
}

export interface Failing {
  readonly seen: Seen;
  readonly fault: Fault;
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

/** One finding for all nodes that fail alike. */
export function findingOf(facts: Facts, failing: readonly Failing[]): CheckFinding {
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
