/** A client configured with a Service that is not there, or a port that the Service does not have, and that shows it. */
import { serviceOfName } from '../../../src/k8s/dns-names.ts';
import { parseTime } from '../../../src/core/time.ts';
import { nearestName } from '../../../src/k8s/near-miss.ts';
import { clusterDomain, CLUSTER_DOMAIN } from '../../facts/platform/cluster-domain.ts';
import { addressesRead, type AddressRead } from '../../facts/services/configured.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { formerAddresses, SERVICE_RANGES } from '../../facts/services/former-addresses.ts';
import { lastSeen, type LastSeen } from '../../facts/last-seen.ts';
import type { PodFact } from '../../facts/pods.ts';
import { nearService, nearWorkload } from '../../facts/services/near-services.ts';
import { peerFault } from '../../facts/services/peer-names.ts';
import { PROBE_STORY } from '../../facts/probes/story.ts';
import { dig, groupBy, once } from '../../facts/read.ts';
import { fromSecrets } from '../../facts/services/secret-addresses.ts';
import {
  addressFinding,
  complaint,
  type Failing,
  failingConnect,
  type Fault,
} from '../../facts/services/shown-addresses.ts';
import type { ServiceFact } from '../../facts/services.ts';
import { items, texts } from '../../ingest/read.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/client-address',
  layer: 'service',
  title: 'Client whose configured Service or port is not there',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:apps/deployments', 'list:apps/replicasets'],
  uses: [
    ...WORKLOADS,
    ...CLUSTER_DOMAIN,
    ...PROBE_STORY,
    SERVICE_RANGES,
    'list:namespaces',
    'logs',
    'probe:connect',
    'changes',
  ],
  explain: {
    rule:
      'A name of a Service is resolved in the namespace of the client unless it says another, and a Service answers on the ' +
      'ports of spec.ports alone. Found when env, command, args or a ConfigMap in use name a Service that does not exist, ' +
      'a port that it lacks, or a cluster domain that is not this cluster’s, and the client shows it: its log complains of ' +
      'that very host, by its name or by the address of the Service, or the command of a probe that fails does, or it is ' +
      'not Ready and a connect from it to that host fails. Found too where it names a pod of a StatefulSet under a Service ' +
      'that does not govern it or is not there, and where a log goes on complaining of an address from the range of the ' +
      'cluster’s Services that no Service has. What a Secret holds never enters a bundle: where the log complains of a host that nothing readable names, ' +
      'and an address comes from a Secret, the answer is unknown.',
    notConfusedWith: [
      'a namespace that the capture left out: a Service there may well exist',
      'addresses nobody uses, and integrations that are switched off: no line of the log complains',
      'hosts outside the cluster, and names that hostAliases of the pod answer',
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
    const domain = once(() => clusterDomain(facts));
    const reads = addressesRead(facts);
    const judged: Judged[] = [];
    const failing: Failing[] = [];
    const found = new Set<string>();
    for (const read of reads) {
      const fault = faultOf(facts, read, domain);
      const pods = byTop.get(read.workload.id) ?? [];
      // A Service that is not there is one fault, whatever names and ports are said for it.
      const key = `${read.workload.id} ${fault?.why ?? ''}`;
      if (fault === undefined || found.has(key)) continue;
      if (pods.some((pod) => isAliased(facts, pod, read.host))) continue;
      const shown = complaint(facts, read, fault, pods) ?? failingConnect(facts, read, pods);
      if (shown !== undefined) found.add(key);
      if (shown !== undefined) failing.push({ read, fault, shown });
      else
        judged.push({
          outcome: 'pass',
          object: read.workload.ref,
          because: `no log line of it complains of ${read.host}`,
        });
    }
    // What several miss for one reason is one fault, of what they miss.
    const together = groupBy(failing, ({ read, fault }) => `${fault.why} ${read.host}:${read.port ?? ''}`);
    for (const group of together.values())
      judged.push({ outcome: 'fail', finding: addressFinding(facts, group) });
    return [...judged, ...formerAddresses(facts), ...fromSecrets(facts, reads, byTop)];
  },
};
export default check;

/** What is wrong with an address, as far as the lists of Services tell; undefined when nothing is. */
function faultOf(
  facts: Facts,
  { host, port, workload }: AddressRead,
  domain: () => string | undefined,
): Fault | undefined {
  const foreign = foreignDomain(facts, host, domain);
  if (foreign !== undefined) return foreign;
  const peer = peerFault(facts, host, workload.namespace);
  if (peer !== undefined) return peer === 'fine' ? undefined : peer;
  const named = serviceOfName(host, workload.namespace, domain());
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
  const near = nearService(facts, named);
  // `db.example` may as well be a name of the outside: only `.svc`, a near miss or a Service that was there says that one is
  // meant. Where there is no such namespace, a Service called like the host's first part (`vendor.io`) says nothing.
  const meant = noNamespace ? nearestName(named.namespace, namespaceNames(facts)) : near;
  const ended = noNamespace ? undefined : endingNamespace(facts, named.namespace);
  if (ended !== undefined)
    return {
      why: `Service ${name} does not exist: its namespace is being deleted`,
      near: undefined,
      service: undefined,
      ended,
    };
  const gone = goneService(facts, named);
  if (host.includes('.') && !/\.svc(?:\.|$)/.test(host) && meant === undefined && gone === undefined)
    return undefined;
  const missing = noNamespace ? `there is no namespace ${named.namespace}` : `Service ${name} does not exist`;
  const hint = near ?? nearWorkload(facts, named, port);
  return { why: missing, near: hint?.words, mend: hint?.mend, service: undefined, gone };
}

/** A namespace that somebody deleted, and that is there until the last finalizer in it is done. */
function endingNamespace(facts: Facts, namespace: string): Fault['ended'] {
  const object = facts.find('namespaces', undefined, namespace);
  const at = object && parseTime(dig(facts.body(object), 'metadata', 'deletionTimestamp'));
  return object === undefined || at === undefined ? undefined : { object, at };
}

function goneService(
  facts: Facts,
  { namespace, name }: Pick<ServiceFact, 'namespace' | 'name'>,
): LastSeen | undefined {
  return lastSeen(facts, 'services', { apiVersion: 'v1', kind: 'Service', namespace, name });
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

/** `payment.shop.svc.cluster.local` in a cluster whose domain is another, which answers for none but its own. */
function foreignDomain(facts: Facts, host: string, domain: () => string | undefined): Fault | undefined {
  const [, name, namespace, said] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.(.+)$/.exec(host) ?? [];
  const own = said === undefined ? undefined : domain();
  if (name === undefined || namespace === undefined || own === undefined || said === own) return undefined;
  const there = facts.services.named(namespace, name) !== undefined;
  return {
    why: `the domain of this cluster is ${own}, not ${said}`,
    near: there ? `Service ${namespace}/${name} is there` : undefined,
    service: undefined,
  };
}

function isAliased(facts: Facts, pod: PodFact, host: string): boolean {
  return items(dig(facts.body(pod), 'spec', 'hostAliases')).some((alias) =>
    texts(alias['hostnames']).includes(host),
  );
}
