/** The results of DNS questions: the same of a replica asked by port-forward and of a cache asked from inside a pod. */
import type { ProbeResult } from '../src/bundle/format.ts';
import type { DnsDetail } from '../src/bundle/probes.ts';
import { resultOf } from './asking.ts';
import type { ApiFailure } from './failure.ts';
import { agrees, type NameQuestion } from './network/dns-questions.ts';
import type { DnsReply } from './network/dns-reply.ts';

/** Who was asked, from where. */
export interface AskedServer {
  readonly from: string;
  readonly server: DnsDetail['server'];
  /** The server in `to`: `<ns>/<pod>` or an address. */
  readonly at: string;
  /** How, where a program of a container asked. */
  readonly by?: Pick<DnsDetail, 'container' | 'way' | 'transport'>;
}

const MOST_ANSWERS = 20;
/** Questions that a server may leave without an answer before it is left alone. */
const MOST_UNANSWERED = 2;

export function answered(
  asked: AskedServer,
  question: NameQuestion,
  { rcode, answers }: DnsReply,
  ms: number | undefined,
): ProbeResult {
  const addresses = answers.filter(({ type }) => type === question.type).map(({ data }) => data);
  const agreed = agrees(question, rcode, addresses);
  const detail: DnsDetail = {
    ...partsOf(asked, question),
    rcode,
    answers: answers.slice(0, MOST_ANSWERS),
    ...(question.truth === undefined ? {} : { truth: [...question.truth] }),
    ...(agreed === undefined ? {} : { agrees: agreed }),
  };
  const well = rcode === 'NOERROR' || (question.purpose === 'absent' && rcode === 'NXDOMAIN');
  return resultOf(asked.from, toOf(asked, question), well ? 'ok' : 'dns-error', detail, ms);
}

export function unanswered(
  asked: AskedServer,
  question: NameQuestion,
  outcome: ProbeResult['outcome'],
  text: string,
): ProbeResult {
  const detail: DnsDetail = { ...partsOf(asked, question), text };
  return resultOf(asked.from, toOf(asked, question), outcome, detail);
}

/** The outcome of a question whose connection brought no answer. */
export function outcomeOfFailure({ reason, message }: ApiFailure): ProbeResult['outcome'] {
  if (reason === 'timeout') return 'timeout';
  return /connection refused/.test(message) ? 'refused' : 'error';
}

/**
 * Whether a server is left alone after this question brought no answer: one that refuses or hangs does so for every name
 * of the cluster; one whose upstream hangs, for others alone.
 */
export function leavesAlone({ purpose }: NameQuestion, failures: number): boolean {
  const forwarded = purpose === 'outside' || purpose === 'edge-host';
  return !forwarded || failures >= MOST_UNANSWERED;
}

function partsOf({ server, by = {} }: AskedServer, { name, type, purpose }: NameQuestion): DnsDetail {
  return { server, ...by, question: { name, type }, purpose };
}

function toOf({ at }: AskedServer, { name }: NameQuestion): string {
  return `dns/${name}@${at}`;
}
