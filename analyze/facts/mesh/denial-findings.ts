/** What is said of requests that policies of a mesh turn away, and of those that it does not let out. */
import { plural } from '../../../src/core/text.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { fieldEvidence, logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { KeptObject } from '../objects.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { Denied } from './denials.ts';
import type { Told } from './findings.ts';
import { sidecarOf } from './starts.ts';
import type { ShutIn } from './shut-in.ts';
import type { ToldOff } from './told-off.ts';

type Evidences = CheckFinding['evidence'];

/** `who`: the workload whose proxy denies. */
export function tellDenied(
  facts: Facts,
  who: string,
  pod: PodFact,
  { by, clients, why, policies, requests, count, lines }: Denied,
): Told {
  const named = `${clients.slice(0, 2).join(' and ')}${clients.length > 2 ? ` and ${plural(clients.length - 2, 'other')}` : ''}`;
  const what = plural(count, requests ? 'request' : 'connection');
  return {
    summary: `${who} denies the ${requests ? 'requests' : 'connections'} of ${named}${requests ? ' (403)' : ''}: ${why} (${what})`,
    evidence: [...lines.slice(-3).map((line) => logEvidence(line, by)), ...rulesOf(facts, policies)],
    remedy:
      'Decide whether that client is to be let in: if so, add it to a rule that allows it (its principal or namespace, which it proves by mutual TLS alone, the port and path of the program), or narrow the rule that denies.',
    at: lines[0]?.at ?? undefined,
    container: by === pod ? sidecarOf(facts, pod) : undefined,
  };
}

/** `who`: the workload that is told so. */
export function tellToldOff(
  facts: Facts,
  who: string,
  { server, why, policies, lines, evidence }: ToldOff,
): Told {
  return {
    summary: `${who} is denied its requests by ${server} (RBAC: access denied): ${why ?? 'by which policy nothing tells'}`,
    evidence: [...evidence, ...rulesOf(facts, policies)],
    remedy:
      'Let that policy allow the client: its principal or namespace, the port and path that it asks for.',
    at: lines[0]?.at ?? undefined,
    container: undefined,
  };
}

/** `who`: the workload that is not let out. */
export function tellShutIn(
  facts: Facts,
  who: string,
  pod: PodFact,
  { to, why, entries, count, requests, lines, sidecar }: ShutIn & { readonly sidecar: string },
): Told {
  const what = plural(count, requests ? 'request' : 'connection');
  return {
    summary: `The mesh does not let ${who} out to ${to} (outboundTrafficPolicy REGISTRY_ONLY): ${why}; ${what} ${requests ? 'answered 502 by its own sidecar' : 'closed by its own sidecar'}`,
    evidence: [
      ...lines.slice(-3).map((line) => logEvidence(line, pod)),
      ...entries.map((one) =>
        fieldEvidence(facts, one, 'spec', {
          hosts: dig(facts.body(one), 'spec', 'hosts'),
          ports: dig(facts.body(one), 'spec', 'ports'),
          exportTo: dig(facts.body(one), 'spec', 'exportTo'),
        }),
      ),
    ],
    remedy:
      'Where it is to go there, give the mesh a ServiceEntry with that host and port (and let it reach this namespace: exportTo, the hosts of a Sidecar).',
    at: lines[0]?.at ?? undefined,
    container: sidecar,
  };
}

function rulesOf(facts: Facts, policies: readonly KeptObject[]): Evidences {
  return policies.slice(0, 3).map((one) => {
    const spec = dig(facts.body(one), 'spec');
    return fieldEvidence(facts, one, 'spec', {
      action: dig(spec, 'action') ?? 'ALLOW',
      selector: dig(spec, 'selector', 'matchLabels'),
      rules: dig(spec, 'rules') ?? [],
    });
  });
}
