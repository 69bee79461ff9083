/** What shows that an address which leads nowhere is used: a line of the client's log, or a connect from a client that is down. */
import { oneLine } from '../../../src/core/text.ts';
import type { Micros } from '../../../src/core/time.ts';
import type { Judged } from '../../checks/check.ts';
import { items } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import { containersOf } from '../pods/containers.ts';
import { kubectl } from '../commands.ts';
import { type AddressRead, isReadItself } from './configured.ts';
import { notCaptured } from '../coverage.ts';
import { eventEvidence, fieldEvidence, logEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { LastSeen } from '../last-seen.ts';
import { failureIn, failuresIn } from '../logs/failures.ts';
import type { PodFact } from '../pods.ts';
import { probeComplaints } from '../probes/complaints.ts';
import { podPlace, probeEvidence } from '../probes.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import { podSpecOf } from '../users.ts';
import { hostsInLine } from '../logs/waiting.ts';
import type { WorkloadFact } from '../workloads.ts';

export interface Fault {
  readonly why: string;
  readonly near: string | undefined;
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
  const address = port === undefined ? undefined : service?.clusterIp;
  const names = (text: string): boolean =>
    namesHost(text, host, port) || (address !== undefined && dials(text, address, port));
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

export function addressFinding(
  facts: Facts,
  { workload, within, path, value, host, port }: AddressRead,
  { why, near, gone }: Fault,
  { pod, words, evidence, first }: Shown,
): CheckFinding {
  const hint = [gone?.words, near].flatMap((one) => (one === undefined ? [] : [`; ${one}`])).join('');
  const address = `${host}${port === undefined ? '' : `:${port}`}`;
  const by = within.id === workload.id ? '' : ` by ${within.ref.kind} ${within.ref.name}`;
  return {
    severity: 'critical',
    confidence: evidence.kind === 'probe' ? 'likely' : 'certain',
    object: workload.ref,
    part: address,
    summary: `${workload.kind} ${workload.namespace}/${workload.name} is configured with ${address}${by}, and ${why}${hint}`,
    detail: words,
    evidence: [
      fieldEvidence(facts, within, path, value),
      evidence,
      ...(gone === undefined ? [] : [gone.evidence]),
    ],
    since: sinceBetween(
      pod.createdAt,
      first,
      first === undefined
        ? 'the pod is as old as that'
        : 'the first such line that was captured; the pod is as old as the earlier time',
    ),
    involves: [pod.ref],
    remedy: {
      summary:
        gone === undefined
          ? 'Set the address to a Service and port that are there.'
          : 'Make the Service again, or set the address to one that is there.',
      confirm: [kubectl(workload.namespace, 'get', 'services'), kubectl(pod.namespace, 'logs', pod.name)],
      mend: [],
    },
  };
}

const LIKE_ADDRESS = /(?:^|[_.-])(?:URL|URI|HOST|HOSTNAME|ADDR|ADDRESS|DSN|ENDPOINT|SERVER|BROKERS?)S?$/i;

/**
 * Workloads whose log complains of a host that does not resolve and that nothing readable names, while a variable that looks
 * like an address comes from a Secret: what it says cannot be known.
 */
export function fromSecrets(
  facts: Facts,
  reads: readonly AddressRead[],
  byTop: ReadonlyMap<number | undefined, readonly PodFact[]>,
): Judged[] {
  return facts.workloads.all.flatMap((workload): Judged[] => {
    if (!isReadItself(workload)) return [];
    const secret = secretAddress(facts, workload);
    if (secret === undefined) return [];
    const named = new Set(reads.filter((one) => one.workload === workload).map(({ host }) => host));
    const host = unresolved(facts, byTop.get(workload.id) ?? []).find((one) => !named.has(one));
    if (host === undefined) return [];
    return [
      {
        outcome: 'unknown',
        object: workload.ref,
        because: notCaptured('secret-values'),
        detail: `Its log complains of ${host}, which nothing readable names; ${secret} may, and the values of Secrets never enter a bundle`,
      },
    ];
  });
}

function secretAddress(facts: Facts, workload: WorkloadFact): string | undefined {
  const spec = podSpecOf(workload, facts.body(workload));
  for (const container of items(spec['containers'])) {
    for (const entry of items(container['env'])) {
      const { name } = entry;
      const from = dig(entry, 'valueFrom', 'secretKeyRef', 'name');
      const key = dig(entry, 'valueFrom', 'secretKeyRef', 'key');
      const likely = [name, key].some((one) => typeof one === 'string' && LIKE_ADDRESS.test(one));
      if (typeof from === 'string' && typeof key === 'string' && likely)
        return `key ${key} of Secret ${from} (${typeof name === 'string' ? name : key})`;
    }
  }
  return undefined;
}

function unresolved(facts: Facts, pods: readonly PodFact[]): string[] {
  return pods.slice(0, 3).flatMap((pod) =>
    containersOf(facts, pod).flatMap((container) =>
      failuresIn(facts.logTail(pod, container, false, 50))
        .filter(({ way }) => way === 'dns')
        .flatMap(({ line }) => [...hostsInLine(line.text)])
        .filter((host) => /[a-z]/.test(host)),
    ),
  );
}
