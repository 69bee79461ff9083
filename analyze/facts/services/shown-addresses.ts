/** What shows that an address which leads nowhere is used: a line of the client's log, or a connect from a client that is down. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { formatTime, type Micros } from '../../../src/core/time.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import { containersOf } from '../pods/containers.ts';
import { kubectl } from '../commands.ts';
import type { AddressRead } from './configured.ts';
import { eventEvidence, fieldEvidence, logEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { LastSeen } from '../last-seen.ts';
import { failureIn } from '../logs/failures.ts';
import type { PodFact } from '../pods.ts';
import { probeComplaints } from '../probes/complaints.ts';
import { podPlace, probeEvidence } from '../probes.ts';
import type { StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import { lastWrite, writtenBy } from './service-writes.ts';

export interface Fault {
  readonly why: string;
  readonly near: string | undefined;
  /** The namespace that is being deleted with it, and since when. */
  readonly ended?: { readonly object: StoredObject; readonly at: Micros } | undefined;
  /** The command that makes what is missing. */
  readonly mend?: string | undefined;
  /** The Service that is there and lacks the port: programs that resolved it log its address. */
  readonly service: ServiceFact | undefined;
  /** The Service that is not there, and was. */
  readonly gone?: LastSeen | undefined;
}

export interface Shown {
  readonly pod: PodFact;
  readonly words: string;
  readonly evidence: Evidence;
  /** The first time that it was seen to fail, where that was told. */
  readonly first: Micros | undefined;
}

const RESOLVES_NOT =
  /no such host|not known|could not resolve|can't resolve|cannot resolve|resolution|NXDOMAIN|ENOTFOUND|EAI_AGAIN|getaddrinfo|UnknownHost|could not translate|bad address|failed to lookup|NameResolution|\bDNS\b/i;
const FAILS = /refused|REFUSED|time[d-]?\s?out|unreachable|no route|TIMEOUT/i;

/** The last line, or answer of a probe's command, that complains of this very host. A name that is not there can be resolved by nobody, and so refuse nobody. */
export function complaint(
  facts: Facts,
  { host, port, container }: AddressRead,
  { service }: Fault,
  pods: readonly PodFact[],
): Shown | undefined {
  // An address alone tells nothing of the name it came from: with the port that is missing, it does.
  const addresses = port === undefined ? [] : (service?.clusterIps ?? []);
  const names = (text: string): boolean =>
    namesHost(text, host, port) || addresses.some((address) => dials(text, address, port));
  const says = (text: string): boolean =>
    RESOLVES_NOT.test(text) ||
    failureIn({ text })?.way === 'dns' ||
    (FAILS.test(text) && (service !== undefined || /\blookup\b|resolv/i.test(text)));
  for (const pod of pods.slice(0, 5)) {
    for (const one of container === undefined ? containersOf(facts, pod) : [container]) {
      for (const previous of [false, true]) {
        const lines = facts.logTail(pod, one, previous, 50).filter(({ text }) => says(text) && names(text));
        const line = lines.at(-1);
        if (line !== undefined)
          return {
            pod,
            first: lines[0]?.at ?? undefined,
            words: `Its log shows it: ${oneLine(line.text).slice(0, 300)}`,
            evidence: logEvidence(line, pod),
          };
      }
    }
    const probe = probeComplaints(facts, pod).findLast(
      (one) => (container === undefined || one.container === container) && says(one.text) && names(one.text),
    );
    if (probe !== undefined)
      return {
        pod,
        first: probe.event.first_at ?? undefined,
        words: `The command of its ${probe.kind} probe shows it: ${oneLine(probe.text).slice(0, 300)}`,
        evidence: eventEvidence(facts, probe.event),
      };
  }
  return undefined;
}

/** Anywhere in the line: `MongoServerError: getaddrinfo ENOTFOUND mongo` names `mongo` once, at its end. */
function namesHost(text: string, host: string, port: number | undefined): boolean {
  const lower = text.toLowerCase();
  for (let at = lower.indexOf(host); at >= 0; at = lower.indexOf(host, at + 1)) {
    const end = at + host.length;
    if (/[a-z0-9-]/.test(lower.charAt(at - 1)) || /[a-z0-9-]/.test(lower.charAt(end))) continue;
    if (port === undefined || !/^:\d/.test(lower.slice(end, end + 2)) || lower.startsWith(`:${port}`, end))
      return true;
  }
  return false;
}

/** `10.96.0.7:8081`, `[fd00::7]:8081`. */
function dials(text: string, ip: string, port: number | undefined): boolean {
  const dialled = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  const at = text.indexOf(dialled);
  return at >= 0 && !/[\d.]/.test(text.charAt(at - 1)) && !/\d/.test(text.charAt(at + dialled.length));
}

/** A connect from a pod that is not Ready: of one that is, nothing tells that it uses the address at all. */
export function failingConnect(
  facts: Facts,
  { host, port }: AddressRead,
  pods: readonly PodFact[],
): Shown | undefined {
  for (const pod of pods.filter(({ ready, ended }) => ready !== 'True' && !ended).slice(0, 5)) {
    const failed = facts.probes
      .from('connect', podPlace(pod))
      .find(
        ({ outcome, detail }) =>
          outcome !== 'ok' &&
          outcome !== 'not-probed' &&
          outcome !== 'error' &&
          detail['host'] === host &&
          (port === undefined || detail['port'] === port),
      );
    if (failed !== undefined)
      return {
        pod,
        first: undefined,
        words: `Pod ${pod.name} is not Ready, and a connect from it came to nothing (${failed.outcome}).`,
        evidence: probeEvidence(failed),
      };
  }
  return undefined;
}

/** A client, what is wrong with an address of its, and what shows that. */
export interface Failing {
  readonly read: AddressRead;
  readonly fault: Fault;
  readonly shown: Shown;
}

/** One finding for all who are configured with the same address: on the client, or, of several, on the Service they miss. */
export function addressFinding(facts: Facts, failing: readonly Failing[]): CheckFinding {
  const [first, ...more] = failing;
  if (first === undefined) throw new Error('a finding needs a client');
  const { read, fault, shown } = first;
  const { workload, within, host, port } = read;
  const { why, near, mend, service, ended, gone } = fault;
  const hint = [gone?.words, near].flatMap((one) => (one === undefined ? [] : [`; ${one}`])).join('');
  const address = `${host}${port === undefined ? '' : `:${port}`}`;
  const by = within.id === workload.id ? '' : ` by ${within.ref.kind} ${within.ref.name}`;
  const who =
    more.length === 0
      ? `${workload.kind} ${workload.namespace}/${workload.name} is configured with ${address}${by}`
      : `${plural(failing.length, 'workload')} (${failing
          .slice(0, 4)
          .map((one) => one.read.workload.name)
          .join(', ')}${failing.length > 4 ? ', …' : ''}) are configured with ${address}`;
  return {
    severity: 'critical',
    confidence: failing.every((one) => one.shown.evidence.kind === 'probe') ? 'likely' : 'certain',
    object: more.length > 0 && service !== undefined ? service.ref : workload.ref,
    part: address,
    summary: `${who}, and ${why}${hint}`,
    detail: more.length === 0 ? shown.words : `Of ${workload.kind} ${workload.name}: ${shown.words}`,
    evidence: [
      ...failing
        .slice(0, 3)
        .map((one) => fieldEvidence(facts, one.read.within, one.read.path, one.read.value)),
      ...(service === undefined
        ? []
        : [
            fieldEvidence(
              facts,
              service,
              'spec.ports[].port',
              service.ports.map((one) => one.port),
            ),
          ]),
      ...(ended === undefined
        ? []
        : [fieldEvidence(facts, ended.object, 'metadata.deletionTimestamp', formatTime(ended.at))]),
      ...failing.slice(0, 3).map((one) => one.shown.evidence),
      ...(gone === undefined ? [] : [gone.evidence]),
    ],
    since: shownSince(
      facts,
      fault,
      failing.map((one) => one.shown),
    ),
    involves: [
      ...(more.length === 0 ? [] : failing.slice(0, 50).map((one) => one.read.workload.ref)),
      ...failing.slice(0, 50).map((one) => one.shown.pod.ref),
    ],
    remedy: {
      summary:
        more.length > 0 && service !== undefined
          ? 'Give the Service the port that they ask for, or set their addresses to one that it has.'
          : gone === undefined
            ? 'Set the address to a Service and port that are there.'
            : 'Make the Service again, or set the address to one that is there.',
      confirm: [
        kubectl(workload.namespace, 'get', 'services'),
        kubectl(shown.pod.namespace, 'logs', shown.pod.name),
      ],
      mend: mend === undefined ? [] : [mend],
    },
  };
}

/** Between the making of the pod and its first complaint, or, where that came later, the last write of the Service's ports. */
function shownSince(facts: Facts, { service, ended }: Fault, shown: readonly Shown[]): CheckFinding['since'] {
  const born = least(shown.map(({ pod }) => pod.createdAt));
  const first = least(shown.map((one) => one.first));
  if (ended !== undefined)
    return sinceBetween(
      ended.at,
      Math.max(ended.at, first ?? 0),
      'the deletionTimestamp of the namespace, and the first such line that was captured',
    );
  const write = service && lastWrite(facts, service, 'ports');
  // What it complained of before may have been another fault: with these ports the Service is since that write.
  if (write !== undefined && first !== undefined && write.at > first)
    return sinceBetween(
      born,
      write.at,
      `${writtenBy(write, 'ports')}; the pod is as old as the earlier time`,
    );
  return sinceBetween(
    born,
    first,
    first === undefined
      ? 'the pod is as old as that'
      : 'the first such line that was captured; the pod is as old as the earlier time',
  );
}

function least(times: readonly (Micros | undefined)[]): Micros | undefined {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
