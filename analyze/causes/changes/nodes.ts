/** What happened to the nodes under the finding's pods: joined, rebooted, cordoned, tainted, drained, came and went. */
import { formatTime, parseTime, type Micros } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import { items } from '../../ingest/read.ts';
import { dig } from '../../facts/read.ts';
import type { StoredObject } from '../../facts/read.ts';
import { shownIn, within, type ChangeSource, type Found, type Scene } from './scene.ts';

/** Of kubelet and node controller (pkg/kubelet/events/event.go, pkg/controller/nodelifecycle); their like of cloud providers. */
const REASONS =
  /^(Rebooted|Starting|NodeNotReady|NodeReady|NodeNotSchedulable|NodeSchedulable|NodeAllocatableEnforced|RegisteredNode|RemovingNode|DeletingNode|NodeHas\w+Pressure|SystemOOM|EvictionThresholdMet|Shutdown|NodeShutdown|KubeletSetupFailed|InvalidDiskCapacity|ContainerGCFailed|ImageGCFailed|PreemptScheduled|RebootScheduled|TerminateScheduled)$/;

const NODES = 20;

const nodes: ChangeSource = (scene) => {
  const { finding, facts, pods } = scene;
  const named = [finding.object, ...finding.involves, ...shownIn(finding)].filter(
    ({ kind }) => kind === 'Node',
  );
  const names = new Set([...named.map(({ name }) => name), ...pods.flatMap(({ node }) => node ?? [])]);
  return [...names].slice(0, NODES).flatMap((name) => {
    const node = facts.objects.find('nodes', undefined, name);
    return node === undefined ? [] : [...events(scene, node), ...taints(scene, node), ...joined(scene, node)];
  });
};
export default nodes;

function found(node: StoredObject, when: Micros, summary: string, source: string, seen: boolean): Found {
  return {
    when,
    near: true,
    at: formatTime(when),
    object: node.ref,
    summary: oneLine(summary),
    basis: seen ? 'observed' : 'inferred',
    source,
  };
}

function events(scene: Scene, node: StoredObject): Found[] {
  return scene.facts.objects.events(node.ref).flatMap((event) => {
    const when = event.first_at ?? event.last_at;
    const reason = event.reason ?? '';
    if (!within(scene, when) || !REASONS.test(reason)) return [];
    return [found(node, when, `Node ${node.ref.name}: ${event.message ?? reason}`, `event ${reason}`, true)];
  });
}

/** The node controller writes when it put a NoExecute taint; others seldom say. */
function taints(scene: Scene, node: StoredObject): Found[] {
  const body = scene.facts.objects.body(node);
  return items(dig(body, 'spec', 'taints')).flatMap((taint) => {
    const when = parseTime(taint['timeAdded']);
    if (!within(scene, when)) return [];
    const words = `Node ${node.ref.name} was tainted ${textOf(taint['key'])}:${textOf(taint['effect'])}`;
    return [found(node, when, words, 'timeAdded of the taint', true)];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}

function joined(scene: Scene, node: StoredObject): Found[] {
  const when = parseTime(dig(scene.facts.objects.body(node), 'metadata', 'creationTimestamp'));
  return within(scene, when)
    ? [found(node, when, `Node ${node.ref.name} joined the cluster`, 'creation of the Node', true)]
    : [];
}
