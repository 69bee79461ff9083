/** Programs whose log says that something they depend on refuses, times out, does not resolve or turns them away. */
import { oneLine } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import {
  addressesOutside,
  asksItself,
  isOurs,
  ITSELF_REMEDY,
  WAY_REMEDIES,
  WAY_WORDS,
} from '../../facts/logs/dependency-words.ts';
import { logEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import { PROBE_STORY } from '../../facts/probes/story.ts';
import { lockSaid } from '../../facts/logs/lock-waits.ts';
import { servicesReachedFor } from '../../facts/logs/waiting.ts';
import { waitReader, type Waits } from '../../facts/logs/waits.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

const check: Check = {
  id: 'pod/dependency-unreachable',
  layer: 'pod',
  title: 'Dependency that a program cannot use',
  role: 'cause',
  needs: ['list:pods'],
  uses: [
    ...WORKLOADS,
    ...PROBE_STORY,
    'list:services',
    'list:discovery.k8s.io/endpointslices',
    'list:nodes',
    'logs',
  ],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'Programs say in their logs which host they could not use and how: connection refused, no answer in time, a name ' +
      'that does not resolve, credentials or a database turned down, TLS. Found when a log ends in such lines, at least ' +
      'three within ten minutes, or one before the container died; when the command of a probe that fails says so; or when ' +
      'an init container goes on saying that it waits for a Service.',
    notConfusedWith: [
      'a retry or two while the dependency restarts',
      'trouble that is over: the log has gone on without it',
      'a server’s own listener that fails (address in use), its clients that go away or that it turns down, requests that it answers with an error',
    ],
    sources: ['https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/'],
  },
  explains: [
    'pod/crash-loop',
    'pod/not-ready',
    'service/no-endpoints',
    { check: 'pod/probe-misconfigured', sharing: 'object', part: 'hangs' },
    // A program whose workers all wait for something accepts nobody.
    { check: 'pod/saturated', sharing: 'object', part: 'waiting' },
  ],
  run(facts) {
    const waits = waitReader(facts);
    return judgePods(facts, livePods(facts), waits, (struck) => findingOf(facts, struck));
  },
};
export default check;

function findingOf(facts: Facts, struck: Struck<Waits>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const texts = struck.seen.flatMap(({ bad: one }) => one.texts);
  const names = servicesReachedFor(facts, texts, struck.namespace);
  const times = struck.seen.flatMap(({ bad: one }) => one.times);
  const lock = bad.way === 'timeout' ? lockSaid(facts, names) : undefined;
  const way = lock === undefined ? bad.way : 'locked';
  const target = bad.target ?? 'what it depends on';
  const outside = addressesOutside(facts, names);
  const itself = asksItself(facts, pod, { way, target: bad.target });
  const service =
    names[0] === undefined || target.includes(names[0].name) ? '' : ` (Service ${names[0].name})`;
  return {
    severity: bad.died || pod.ready !== 'True' ? 'critical' : 'warning',
    confidence: bad.target === undefined ? 'possible' : 'likely',
    role:
      !itself &&
      outside.length === 0 &&
      isOurs(facts, struck.namespace, { way, target: bad.target }, names.length > 0)
        ? 'symptom'
        : 'cause',
    object: struck.ref,
    summary: `${nameOf(struck)} cannot use ${target}${service}: ${itself ? 'that is its own pod, where nothing listens' : `it ${WAY_WORDS[way]}`}`,
    detail: `${bad.teller} says "${oneLine(bad.last).slice(0, 200)}", ${bad.count} ${bad.count === 1 ? 'time' : 'times'} in what was read. ${affected(struck)}${outside.length === 0 ? '' : ` It leads to ${outside.slice(0, 3).join(', ')}, kept by hand, which no pod or node has.`}`,
    evidence: [
      ...struck.seen.slice(0, 3).flatMap(({ bad: one }) => one.shown),
      ...(lock === undefined ? [] : [logEvidence(lock.line, lock.pod)]),
    ],
    since: sinceBetween(
      pod.createdAt,
      times.length === 0 ? undefined : Math.min(...times),
      'the first such line that was captured; the pod is as old as the earlier time',
    ),
    involves: involved(struck),
    // A line that names nobody tells nothing of whom it waits for: then what it is configured with counts.
    ...(names.length === 0 && bad.target === undefined ? {} : { names }),
    remedy: {
      summary: itself ? ITSELF_REMEDY : WAY_REMEDIES[way],
      confirm: [
        kubectl(struck.namespace, 'logs', pod.name),
        ...(lock === undefined ? [] : [kubectl(lock.pod.namespace, 'logs', lock.pod.name)]),
        ...names
          .slice(0, 2)
          .map((ref) =>
            kubectl(ref.namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${ref.name}`),
          ),
      ],
      mend: [],
    },
  };
}
