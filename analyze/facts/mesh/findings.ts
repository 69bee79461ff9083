/** What is said of a mesh in the way: one clause, what shows it, and what to do. */
import { plural } from '../../../src/core/text.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { fieldEvidence, logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { tellDenied, tellShutIn, tellToldOff } from './denial-findings.ts';
import type { Denied } from './denials.ts';
import type { ShutIn } from './shut-in.ts';
import type { TooEarly, Unready } from './starts.ts';
import type { ToldOff } from './told-off.ts';
import type { Failing, TurnedAway } from './traffic.ts';
import { FLAGS } from './words.ts';
import type { KeptObject } from '../objects.ts';
import type { LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';

/** One pod's trouble with its mesh. */
export type Meshed =
  | ({ readonly kind: 'unready' } & Unready)
  | ({ readonly kind: 'early' } & TooEarly)
  | ({ readonly kind: 'failing'; readonly sidecar: string } & Failing)
  | ({ readonly kind: 'denied' } & Denied)
  | ({ readonly kind: 'shut-in'; readonly sidecar: string } & ShutIn)
  | ({ readonly kind: 'told-off' } & ToldOff)
  | {
      /** It calls in plain text where mutual TLS is demanded: seen by those that turn it away. */
      readonly kind: 'plain';
      readonly sidecar: string | undefined;
      readonly turned: readonly TurnedAway[];
    }
  | {
      /** The same, told by its own log and by who demands it. */
      readonly kind: 'cut';
      readonly server: string;
      readonly strict: KeptObject;
      readonly lines: readonly LogRow[];
    };

export interface Told {
  readonly summary: string;
  readonly evidence: CheckFinding['evidence'];
  readonly remedy: string;
  /** The first sign of it. */
  readonly at: number | undefined;
  /** The container whose log tells more. */
  readonly container: string | undefined;
}

/** `who`: `Deployment shop/pay`. */
export function tellMeshed(facts: Facts, who: string, pod: PodFact, bad: Meshed): Told {
  if (bad.kind === 'unready') return tellUnready(facts, who, pod, bad);
  if (bad.kind === 'early') return tellEarly(who, bad);
  if (bad.kind === 'failing') return tellFailing(who, pod, bad);
  if (bad.kind === 'denied') return tellDenied(facts, who, pod, bad);
  if (bad.kind === 'shut-in') return tellShutIn(facts, who, pod, bad);
  if (bad.kind === 'told-off') return tellToldOff(facts, who, bad);
  return bad.kind === 'plain' ? tellPlain(who, bad) : tellCut(facts, who, pod, bad);
}

function tellUnready(facts: Facts, who: string, pod: PodFact, { row, waits }: Unready): Told {
  const list = row.type === 'sidecar' ? 'initContainerStatuses' : 'containerStatuses';
  const why = waits.length === 0 ? '' : ', and says that its control plane does not answer';
  return {
    summary: `Sidecar ${row.name} of ${who} runs and is not ready${why}: no traffic passes`,
    evidence: [
      fieldEvidence(facts, pod, `status.${list}[${row.name}]`, {
        ready: false,
        state: row.state,
        reason: row.reason,
        restartCount: row.restarts,
      }),
      ...waits.slice(-2).map((line) => logEvidence(line, pod)),
    ],
    remedy:
      'Read the sidecar’s log: most often it waits for the mesh’s control plane (istiod, linkerd-identity).',
    at: row.started_at ?? undefined,
    container: row.name,
  };
}

function tellEarly(who: string, { program, sidecar, died, evidence }: TooEarly): Told {
  return {
    summary: `Container ${program.name} of ${who} began before its sidecar ${sidecar} took connections, found them refused and died of it`,
    evidence: [...evidence],
    remedy:
      'Let the program start after the sidecar (a native sidecar, holdApplicationUntilProxyStarts, linkerd-await), or try again.',
    at: died,
    container: program.name,
  };
}

function tellFailing(
  who: string,
  pod: PodFact,
  { whose, flag, said, to, inbound, count, lines, sidecar }: Failing & { readonly sidecar: string },
): Told {
  const words = said === '' ? '' : ` (${said.slice(0, 120)})`;
  const meaning = flag === '' ? said : `${flag}, ${FLAGS[flag] ?? ''}${words}`;
  const requests = plural(count, 'request');
  const tls = flag === 'UF' && whose === 'own';
  return {
    summary:
      whose === 'own'
        ? tls
          ? `The sidecar of ${who} cannot agree on TLS with ${to}, which it calls by the mesh’s rules: ${requests} failed, ${meaning}`
          : `The mesh gives the sidecar of ${who} no way to ${to}: ${requests} failed, ${meaning}`
        : `The sidecar of ${who} could not pass on ${requests} to ${to}: ${meaning}`,
    evidence: lines.slice(-3).map((line) => logEvidence(line, pod)),
    remedy:
      whose === 'own'
        ? tls
          ? 'Compare what the DestinationRule and PeerAuthentication say of TLS there with whether the server has a sidecar, and their certificates.'
          : 'Correct the VirtualService or DestinationRule: the host, the path or the subset that it names.'
        : inbound
          ? 'Look at the program in this pod: does it run, and does it listen on that port?'
          : 'Look at what the access log names as the upstream: its pods, its endpoints, its own log.',
    at: lines[0]?.at ?? undefined,
    container: sidecar,
  };
}

function tellPlain(who: string, { sidecar, turned }: Extract<Meshed, { kind: 'plain' }>): Told {
  const servers = [...new Set(turned.map(({ by }) => `${by.namespace}/${by.name}`))];
  const more = servers.length > 1 ? ` and ${plural(servers.length - 1, 'other')}` : '';
  const has = sidecar === undefined ? 'has no sidecar' : 'has a sidecar, but it does so without TLS';
  return {
    summary: `${who} calls ${servers[0] ?? ''}${more} in plain text, where mutual TLS is demanded, and is cut off: it ${has}`,
    evidence: turned.slice(-3).map(({ line, by }) => logEvidence(line, by)),
    remedy:
      sidecar === undefined
        ? 'Give the client a sidecar, or allow PERMISSIVE for the port it uses.'
        : 'Look for a DestinationRule that disables TLS there (trafficPolicy.tls), or an exclusion of the port or address from the sidecar.',
    at: turned[0]?.line.at ?? undefined,
    container: undefined,
  };
}

function tellCut(
  facts: Facts,
  who: string,
  pod: PodFact,
  { server, strict, lines }: Extract<Meshed, { kind: 'cut' }>,
): Told {
  return {
    summary: `${who} has no sidecar, and ${server} demands mutual TLS (STRICT): its connections are cut`,
    evidence: [
      fieldEvidence(facts, strict, 'spec.mtls.mode', 'STRICT'),
      ...lines.slice(-3).map((line) => logEvidence(line, pod)),
    ],
    remedy: 'Give the client a sidecar, or allow PERMISSIVE for the port it uses.',
    at: lines[0]?.at ?? undefined,
    container: undefined,
  };
}
