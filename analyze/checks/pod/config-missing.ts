/** Containers that cannot be made because a ConfigMap, Secret, key or ServiceAccount that they name is not there. */
import { nearestName } from '../../../src/k8s/near-miss.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { missingIn, type Missing } from '../../facts/pods/missing-config.ts';
import { lastSeen } from '../../facts/last-seen.ts';
import type { EventRow } from '../../facts/object-rows.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  severityOf,
  sinceFirst,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import type { ContainerRow } from '../../facts/rows.ts';
import { silentlyMissing } from '../../facts/pods/silent-config.ts';
import { tellingMount } from '../../facts/pods/start-words.ts';
import { fields } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';
import { OF_PLATFORM_PODS } from '../consequences.ts';

const check: Check = {
  id: 'pod/config-missing',
  layer: 'pod',
  title: 'Configuration that a container names and that is not there',
  role: 'cause',
  needs: ['list:pods'],
  uses: [
    ...WORKLOADS,
    'list:events',
    'list:services',
    'logs',
    'list:configmaps',
    'list:secrets',
    'list:serviceaccounts',
    'changes',
  ],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'A container whose env or volume refers to a ConfigMap, Secret or key that does not exist, and is not optional, is ' +
      'not started (CreateContainerConfigError, or FailedMount while ContainerCreating). The kubelet tries again every few ' +
      'seconds, so it starts by itself once what is missing is made. A subPath of a key that is not there becomes a directory, ' +
      'and an optional key leaves its variable unset: found where a container dies and its last words speak of that.',
    notConfusedWith: [
      'a reference marked optional, of which no container that dies speaks',
      'an object that was made meanwhile: the next try finds it',
      'a container that refuses to run as root (runAsNonRoot), which has the same reason',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/configuration/configmap/',
      'https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/configmap/configmap.go',
    ],
  },
  explains: [
    'pod/crash-loop',
    'pod/not-ready',
    'service/no-endpoints',
    'service/traffic-policy',
    ...OF_PLATFORM_PODS,
    'platform/kube-proxy',
  ],
  run(facts) {
    const troubled = facts.troubledPods();
    return judgePods(
      facts,
      livePods(facts),
      (pod) => (troubled.has(pod.id) ? missingOf(facts, pod) : { fine: 'its containers have started' }),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

interface Seen {
  readonly missing: Missing;
  readonly container: ContainerRow | undefined;
  readonly event: EventRow | undefined;
  /** It started all the same, and dies of it: how that comes about. */
  readonly silently?: string;
}

const MOUNTING = new Set(['FailedMount', 'Failed', 'FailedCreate']);

function missingOf(facts: Facts, pod: PodFact): PodAnswer<Seen> {
  const silent = silentlyMissing(facts, pod, (kind, name) => {
    const found = facts.find(RESOURCES[kind], pod.namespace, name);
    return found && keysOf(facts, found);
  });
  if (silent !== undefined)
    return {
      bad: { missing: silent.missing, container: silent.container, event: undefined, silently: silent.words },
    };
  const waiting = facts.troubled(pod).filter(({ state }) => state === 'waiting' || state === null);
  if (waiting.length === 0) return { fine: 'its containers have started' };
  for (const container of waiting) {
    if (container.reason !== 'CreateContainerConfigError') continue;
    const missing = missingIn(container.message ?? '', facts.body(pod));
    if (missing !== undefined && !isThere(facts, pod.namespace, missing))
      return { bad: { missing, container, event: undefined } };
  }
  const making = waiting.some(({ reason }) => reason === 'ContainerCreating' || reason === 'PodInitializing');
  if (!making) return { fine: 'no container waits for its configuration' };
  const event = tellingMount(facts.events(pod.ref).filter(({ reason }) => MOUNTING.has(reason ?? '')));
  const missing = event && missingIn(event.message ?? '', facts.body(pod));
  if (missing === undefined) return { fine: 'no volume of it waits for a ConfigMap or Secret' };
  if (isThere(facts, pod.namespace, missing))
    return { fine: `${missing.kind} ${missing.name} is there by now` };
  return { bad: { missing, container: undefined, event } };
}

const RESOURCES = { ConfigMap: 'configmaps', Secret: 'secrets', ServiceAccount: 'serviceaccounts' } as const;

function isThere(facts: Facts, namespace: string, { kind, name, key }: Missing): boolean {
  const found = facts.find(RESOURCES[kind], namespace, name);
  return found !== undefined && (key === undefined || keysOf(facts, found).includes(key));
}

function keysOf(facts: Facts, object: Parameters<Facts['body']>[0]): string[] {
  const body = facts.body(object);
  return [...Object.keys(fields(body['data'])), ...Object.keys(fields(body['binaryData']))];
}

/** The name or key that looks as if it were meant. */
function nearMiss(facts: Facts, namespace: string, { kind, name, key }: Missing): string | undefined {
  const found = facts.find(RESOURCES[kind], namespace, name);
  if (found !== undefined && key !== undefined) {
    const near = nearestName(key, keysOf(facts, found));
    return near === undefined ? undefined : `its key ${near} is one step away`;
  }
  const others = facts.list(RESOURCES[kind]).filter(({ ref }) => ref.namespace === namespace);
  const near = nearestName(
    name,
    others.map(({ ref }) => ref.name),
  );
  if (near !== undefined) return `${kind} ${near} is there, one step away`;
  const elsewhere = facts.list(RESOURCES[kind]).find(({ ref }) => ref.name === name);
  return elsewhere === undefined ? undefined : `there is one in namespace ${elsewhere.ref.namespace}`;
}

function findingOf(facts: Facts, struck: Struck<Seen>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const { missing, container, event } = bad;
  const { namespace } = struck;
  const near = nearMiss(facts, namespace, missing);
  const ref = { apiVersion: 'v1', kind: missing.kind, namespace, name: missing.name };
  const gone = missing.key === undefined ? lastSeen(facts, RESOURCES[missing.kind], ref) : undefined;
  const hints = [gone?.words, near].filter((one) => one !== undefined);
  const what = `${missing.kind} ${namespace}/${missing.name}${missing.key === undefined ? '' : `, key ${missing.key}`}`;
  const plainKind = missing.kind.toLowerCase();
  return {
    severity: severityOf(facts, struck),
    confidence: bad.silently === undefined ? 'certain' : 'likely',
    object: struck.ref,
    summary: `${nameOf(struck)} ${bad.silently === undefined ? 'cannot start' : 'dies each time it is started'}: ${what} is not there${hints.length === 0 ? '' : ` (${hints.join('; ')})`}`,
    detail: `${missing.place === undefined ? '' : `It is named by ${missing.place}. `}${bad.silently === undefined ? '' : `${bad.silently} `}${affected(struck)}`,
    evidence: [
      ...(container === undefined
        ? []
        : [
            fieldEvidence(
              facts,
              pod,
              `status.${container.type === 'app' ? 'containerStatuses' : 'initContainerStatuses'}[${container.name}].state.${container.state ?? 'waiting'}`,
              {
                reason: container.reason,
                message: container.message,
              },
            ),
          ]),
      ...(event === undefined ? [] : [eventEvidence(facts, event)]),
      ...(missing.place === undefined ? [] : [fieldEvidence(facts, pod, missing.place, missing.name)]),
      ...(gone === undefined ? [] : [gone.evidence]),
    ],
    since: sinceFirst(struck, [event?.first_at], 'the pod is as old as the earlier time'),
    involves: [...involved(struck), ref],
    remedy: {
      summary:
        missing.key === undefined
          ? `Make ${missing.kind} ${missing.name}, or name the one that is meant.`
          : `Add key ${missing.key} to ${missing.kind} ${missing.name}, or name the key that is meant.`,
      confirm: [
        kubectl(namespace, 'get', plainKind, missing.name),
        kubectl(namespace, 'describe', 'pod', pod.name),
      ],
      mend: [],
    },
  };
}
