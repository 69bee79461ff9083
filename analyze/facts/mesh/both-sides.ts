/**
 * One request that the proxies of both ends logged. Envoy hands on `x-request-id`, which both write; and the address that the
 * client's proxy sent from (`UPSTREAM_LOCAL_ADDRESS`) is who asked (`DOWNSTREAM_REMOTE_ADDRESS`) to the server's, unless a
 * gateway put its own caller there.
 */
import type { Access } from './words.ts';

export function isInbound({ cluster, asked }: Access): boolean {
  // A connection that was turned away before any cluster was chosen came in all the same: only its port tells.
  return cluster?.startsWith('inbound|') === true || (cluster === undefined && asked !== undefined);
}

/** By what the client's proxy knows what the server's logged: its id, or, of what is no HTTP there, the connection. */
export function keysAtServer({ requestId, downstream, asked }: Access): string[] {
  if (requestId !== undefined) return [`id ${requestId}`];
  return downstream === undefined || asked === undefined || isForwarded(downstream)
    ? []
    : [`${downstream} ${asked}`];
}

/** The same of what the client's proxy logged; a connection that the server reads no requests on may carry some here. */
export function keysAtClient({ requestId, upstreamLocal, upstream }: Access): string[] {
  return [
    ...(requestId === undefined ? [] : [`id ${requestId}`]),
    ...(upstreamLocal === undefined || upstream === undefined ? [] : [`${upstreamLocal} ${upstream}`]),
  ];
}

/** Port 0 stands for an address out of X-Forwarded-For: who asked a gateway, and not the gateway. */
export function isForwarded(address: string | undefined): boolean {
  return address?.endsWith(':0') === true;
}
