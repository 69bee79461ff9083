/** A client configured with a Service that is not there, or a port that the Service does not have, and that shows it. */
import { oneLine } from '../../../src/core/text.ts';
import { serviceOfName } from '../../../src/k8s/dns-names.ts';
import { nearestName } from '../../../src/k8s/near-miss.ts';
import { kubectl } from '../../facts/commands.ts';
import { addressesRead, type AddressRead } from '../../facts/dependents.ts';
import { fieldEvidence, logEvidence, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { LogRow } from '../../facts/object-rows.ts';
import type { PodFact } from '../../facts/pods.ts';
import { groupBy } from '../../facts/read.ts';
import type { ServiceFact } from '../../facts/services.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/client-address',
  layer: 'service',
  title: 'Client whose configured Service or port is not there',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:apps/deployments', 'list:apps/replicasets'],
  uses: [...WORKLOADS, 'list:namespaces', 'logs'],
  explain: {
    rule:
      'A name of a Service is resolved in the namespace of the client unless it says another, and a Service answers on the ' +
      'ports of spec.ports alone. Found when env, command or args name a Service that does not exist, or a port that it lacks, and ' +
      'the log of the client shows that it fails on that very host, by its name or by the address of the Service.',
    notConfusedWith: [
      'a namespace that the capture left out: a Service there may well exist',
      'addresses nobody uses, and integrations that are switched off: no line of the log complains',
      'hosts outside the cluster',
      'a headless Service, whose pods answer on whatever port they listen on',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/',
      'https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services',
    ],
  },
  explains: [
    { check: 'pod/crash-loop', sharing: 'object' },
    { check: 'pod/not-ready', sharing: 'object' },
    { check: 'pod/dependency-unreachable', sharing: 'object' },
  ],
  run(facts) {
    const byTop = groupBy(facts.pods.all, (pod) => facts.workloads.top(pod)?.id);
    const judged: Judged[] = [];
    for (const read of addressesRead(facts)) {
      const fault = faultOf(facts, read);
      if (fault === undefined) continue;
      const shown = complaint(facts, read, fault.service, byTop.get(read.workload.id) ?? []);
      judged.push(
        shown === undefined
          ? {
              outcome: 'pass',
              object: read.workload.ref,
              because: `no log line of it complains of ${read.host}`,
            }
          : { outcome: 'fail', finding: findingOf(facts, read, fault, shown) },
      );
    }
    return judged;
  },
};
export default check;

interface Fault {
  readonly why: string;
  readonly near: string | undefined;
  /** The Service that is there and lacks the port: programs that resolved it log its address. */
  readonly service: ServiceFact | undefined;
}

/** What is wrong with an address, as far as the lists of Services tell; undefined when nothing is. */
function faultOf(facts: Facts, { host, port, workload }: AddressRead): Fault | undefined {
  const named = serviceOfName(host, workload.namespace);
  if (named === undefined) return undefined;
  const service = facts.services.named(named.namespace, named.name);
  const name = `${named.namespace}/${named.name}`;
  if (service !== undefined) {
    const has = service.ports.some((one) => one.port === port);
    if (
      port === undefined ||
      has ||
      service.headless ||
      service.type === 'ExternalName' ||
      service.ports.length === 0
    )
      return undefined;
    const ports = service.ports.map((one) => String(one.port));
    return {
      why: `Service ${name} has no port ${port}`,
      near: `it has ${ports.slice(0, 5).join(', ')}`,
      service,
    };
  }
  const noNamespace = named.namespace !== workload.namespace && isNoNamespace(facts, named.namespace);
  if (!noNamespace && !facts.coverage('services', named.namespace).known) return undefined;
  const here = facts.services.in(named.namespace).map((one) => one.name);
  const elsewhere = facts.services.all.find((one) => one.name === named.name);
  const typo = nearestName(named.name, here);
  const near =
    typo !== undefined
      ? `Service ${named.namespace}/${typo} is there`
      : elsewhere === undefined
        ? undefined
        : `Service ${elsewhere.namespace}/${elsewhere.name} is there`;
  // `db.example` may as well be a name of the outside: only `.svc` or a near miss says that a Service is meant. Where there
  // is no such namespace, a Service called like the host's first part (`vendor.io`) says nothing.
  const meant = noNamespace ? nearestName(named.namespace, namespaceNames(facts)) : near;
  if (host.includes('.') && !/\.svc(?:\.|$)/.test(host) && meant === undefined) return undefined;
  const missing = noNamespace ? `there is no namespace ${named.namespace}` : `Service ${name} does not exist`;
  return { why: missing, near, service: undefined };
}

/** Namespaces are of the cluster, and listed whole even where only some of them were captured. */
function isNoNamespace(facts: Facts, namespace: string): boolean {
  return (
    facts.coverage('namespaces').known &&
    facts.services.in(namespace).length === 0 &&
    !namespaceNames(facts).includes(namespace)
  );
}

function namespaceNames(facts: Facts): string[] {
  return facts.list('namespaces').map(({ ref }) => ref.name);
}

const FAILS =
  /refused|no such host|not known|could not resolve|can't resolve|cannot resolve|resolution|NXDOMAIN|ENOTFOUND|EAI_AGAIN|time[d-]?\s?out|unreachable|no route|TIMEOUT|DNS/i;

interface Shown {
  readonly pod: PodFact;
  readonly line: LogRow;
}

function complaint(
  facts: Facts,
  { host, port, container }: AddressRead,
  service: ServiceFact | undefined,
  pods: readonly PodFact[],
): Shown | undefined {
  // An address alone tells nothing of the name it came from: with the port that is missing, it does.
  const address = port === undefined ? undefined : service?.clusterIp;
  const names = (text: string): boolean =>
    namesHost(text, host, port) || (address !== undefined && dials(text, address, port));
  for (const pod of pods.slice(0, 5)) {
    for (const previous of [false, true]) {
      const line = facts
        .logTail(pod, container, previous, 50)
        .findLast(({ text }) => FAILS.test(text) && names(text));
      if (line !== undefined) return { pod, line };
    }
  }
  return undefined;
}

function namesHost(text: string, host: string, port: number | undefined): boolean {
  const at = text.toLowerCase().indexOf(host);
  if (at < 0 || /[a-z0-9-]/i.test(text.charAt(at - 1)) || /[a-z0-9-]/i.test(text.charAt(at + host.length)))
    return false;
  return (
    port === undefined ||
    !/^:\d/.test(text.slice(at + host.length)) ||
    text.startsWith(`:${port}`, at + host.length)
  );
}

/** `10.96.0.7:8081`, `[fd00::7]:8081`. */
function dials(text: string, ip: string, port: number | undefined): boolean {
  const dialled = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
  const at = text.indexOf(dialled);
  return at >= 0 && !/[\d.]/.test(text.charAt(at - 1)) && !/\d/.test(text.charAt(at + dialled.length));
}

function findingOf(facts: Facts, read: AddressRead, fault: Fault, { pod, line }: Shown): CheckFinding {
  const { workload, path, value, host, port } = read;
  const hint = fault.near === undefined ? '' : `; ${fault.near}`;
  return {
    severity: 'critical',
    confidence: 'certain',
    object: workload.ref,
    part: `${host}${port === undefined ? '' : `:${port}`}`,
    summary: `${workload.kind} ${workload.namespace}/${workload.name} is configured with ${host}${port === undefined ? '' : `:${port}`}, and ${fault.why}${hint}`,
    detail: `Its log shows it: ${oneLine(line.text).slice(0, 300)}`,
    evidence: [fieldEvidence(facts, workload, path, value), logEvidence(line, pod)],
    since: SINCE_UNKNOWN,
    involves: [pod.ref],
    remedy: {
      summary: 'Set the address to a Service and port that are there.',
      confirm: [kubectl(workload.namespace, 'get', 'services'), kubectl(pod.namespace, 'logs', pod.name)],
      mend: [],
    },
  };
}
