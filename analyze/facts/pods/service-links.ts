/** Programs that take a variable of Kubernetes' service links for one of their own. */
import { items } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import type { LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';

export interface LinkRead {
  /** `REDIS_PORT`. */
  readonly variable: string;
  readonly value: string;
  readonly service: string;
  readonly line: LogRow;
}

/** The value of `NAME_PORT`: protocol, cluster address and first port of the Service (pkg/kubelet/envvars). */
const LINK = /\b(?:tcp|udp|sctp):\/\/\[?([0-9a-f:.]+?)\]?:\d+/i;

/**
 * The line in which a program quotes the value that the kubelet gives `NAME_PORT` for a Service of its namespace, where its
 * own `env` does not set that variable: it expects a number there.
 */
export function linkRead(
  facts: Pick<Facts, 'services' | 'body'>,
  pod: PodFact,
  container: string,
  lines: readonly LogRow[],
): LinkRead | undefined {
  const spec = dig(facts.body(pod), 'spec');
  if (dig(spec, 'enableServiceLinks') === false) return undefined;
  const line = lines.findLast(({ text }) => LINK.test(text));
  const [value, address = ''] = LINK.exec(line?.text ?? '') ?? [];
  const service = facts.services.at(address);
  if (line === undefined || value === undefined || service?.namespace !== pod.namespace) return undefined;
  const variable = `${service.name.toUpperCase().replaceAll('-', '_')}_PORT`;
  const own = items(dig(spec, 'containers')).find(({ name }) => name === container);
  const isSet = items(own?.['env']).some(({ name }) => name === variable);
  return isSet ? undefined : { variable, value, service: service.name, line };
}
