/** Access logs of Envoy: response flags, from the default text format and from JSON. */
import type { LogRow } from './object-rows.ts';

export interface Flagged {
  readonly flag: string;
  /** `response_code_details` or the failure reason, where the line has it. */
  readonly said: string;
  readonly line: LogRow;
}

/** https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags */
export const FLAGS: Readonly<Record<string, string>> = {
  UH: 'no healthy upstream',
  UF: 'the connection to the upstream failed',
  NR: 'no route for the request',
  NC: 'no such cluster',
  UC: 'the upstream ended the connection',
  URX: 'retries used up',
  UO: 'too many connections or requests (circuit breaker)',
};

const TEXT = /" (?:0|\d{3}) (-|[A-Z,]+) (\S+)(?: \S+ "([^"]*)")?/;

/** A line whose request failed with one of these flags; undefined for any other. */
export function flaggedIn(line: LogRow): Flagged | undefined {
  const text = line.text.slice(0, 4000);
  const json = /"response_flags":\s*"([A-Z,]+)"/.exec(text);
  const match = json ?? TEXT.exec(text);
  const flag = match?.[1]?.split(',').find((one) => one in FLAGS);
  if (flag === undefined) return undefined;
  const said =
    json === null
      ? [match?.[2], match?.[3]].filter((part) => part !== undefined && part !== '-').join(' ')
      : (/"(?:response_code_details|upstream_transport_failure_reason)":\s*"([^"]+)"/.exec(text)?.[1] ?? '');
  return { flag, said, line };
}
