/** From where the capture runs: DNS, TCP, TLS with the whole chain and one GET, for each published host and address. */
import { networkInterfaces } from 'node:os';
import type { ProbeResult } from '../../src/bundle/format.ts';
import { formatTime, now } from '../../src/core/time.ts';
import { edgesTaken } from '../asking.ts';
import type { CollectorContext } from '../collector.ts';
import { dial } from '../edge/dial.ts';
import { createNames, type Names } from '../edge/names.ts';
import { ApiFailure, failureOf, gapOf } from '../failure.ts';
import { inOrder, tellLeftOut } from '../inside/look.ts';
import { type EdgePort, type EdgeTarget, isAddress } from '../network/edge-digest.ts';
import type { Probe } from '../probe.ts';

const MOST_HOSTS = 30;
const MOST_ADDRESSES = 6;
const MOST_PORTS = 4;
const AT_A_TIME = 8;

const probe: Probe = {
  id: 'edge',
  title: 'the edge, seen from here',
  run: (context) => probeEdge(context, createNames()),
};
export default probe;

/** The probe with this resolver. */
export async function* probeEdge(context: CollectorContext, names: Names): AsyncGenerator<ProbeResult> {
  if (context.scope.edge === false) {
    const why = new ApiFailure('out-of-scope', 'not asked for: --no-edge');
    context.gap(gapOf({ key: 'probe:edge', evidence: 'probe', subject: { probe: 'edge' } }, why));
    return;
  }
  await edgesTaken(context);
  context.note({ vantage: vantageOf(names) });
  const targets = ordered(context);
  tellLeftOut(context, 'edge', 'hosts were', targets.length - MOST_HOSTS);
  const few = targets.slice(0, MOST_HOSTS);
  for await (const results of inOrder(
    few,
    AT_A_TIME,
    (one) => probeHost(context, names, one),
    context.signal,
  ))
    yield* results;
}

/** From where all of this was seen: no root cause rests on it alone. */
function vantageOf(names: Names): Record<string, unknown> {
  const outside = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ internal }) => !internal),
  );
  return {
    families: [...new Set(outside.map(({ family }) => family))],
    resolvers: names.servers,
    // Names only: their values may hold passwords. The probe itself uses no proxy.
    proxies: Object.keys(process.env).filter((name) => /^(https?|all|no)_proxy$/i.test(name)),
  };
}

/** The host in focus first; one entry for each host, path and publisher. */
function ordered(context: CollectorContext): readonly EdgeTarget[] {
  const hosts = new Set(
    (context.scope.focus ?? []).filter(({ kind }) => kind === 'host').map(({ name }) => name),
  );
  return [...context.inventory.edge.targets()].sort(
    (a, b) => Number(hosts.has(b.host)) - Number(hosts.has(a.host)),
  );
}

async function probeHost(
  context: CollectorContext,
  names: Names,
  target: EdgeTarget,
): Promise<readonly ProbeResult[]> {
  const { host, ports } = target;
  if (host.startsWith('*')) return wildcard(target);
  try {
    const results: ProbeResult[] = [];
    const found = new Map<string, string>();
    for (const address of target.addresses) {
      const ips = isAddress(address) ? [address] : (await names.resolve(address, context.signal)).addresses;
      for (const ip of ips) found.set(ip, target.publishedBy);
    }
    if (!isAddress(host)) {
      const dns = await dnsResult(context, names, target);
      results.push(dns.result);
      for (const ip of dns.addresses) if (!found.has(ip)) found.set(ip, 'public-dns');
    }
    tellLeftOut(context, `edge/${host}`, 'addresses were', found.size - MOST_ADDRESSES);
    for (const [address, publishedBy] of [...found].slice(0, MOST_ADDRESSES)) {
      const dialled = await Promise.all(
        ports.slice(0, MOST_PORTS).map((port) => stepsOf(context, target, address, publishedBy, port)),
      );
      results.push(...dialled.flat());
    }
    return results;
  } catch (error) {
    const subject = { probe: 'edge', path: host };
    context.gap(gapOf({ key: `probe:edge/${host}`, evidence: 'probe', subject }, failureOf(error)));
    return [];
  }
}

async function dnsResult(
  context: CollectorContext,
  names: Names,
  { host, publishedBy }: EdgeTarget,
): Promise<{ result: ProbeResult; addresses: readonly string[] }> {
  const at = formatTime(now());
  const { outcome, addresses, cnames, text, ms } = await names.resolve(host, context.signal);
  context.signal.throwIfAborted();
  const detail = {
    step: 'dns',
    host,
    publishedBy,
    addresses: [...addresses],
    ...(cnames.length === 0 ? {} : { cnames: [...cnames] }),
    ...(text === undefined ? {} : { text }),
  };
  const to = `dns/${host}@${names.servers[0] ?? 'system'}`;
  return { result: { at, from: 'capture', to, outcome, ms, detail }, addresses };
}

async function stepsOf(
  context: CollectorContext,
  { host, path }: EdgeTarget,
  address: string,
  publishedBy: string,
  port: EdgePort,
): Promise<readonly ProbeResult[]> {
  const at = formatTime(now());
  const steps = await dial({ ...port, host, path, address, signal: context.signal });
  return steps.map(({ outcome, ms, detail }) => ({
    at,
    from: 'capture',
    to: `edge/${host}@${address}:${port.port}`,
    outcome,
    ms,
    detail: { host, address, port: port.port, publishedBy, ...detail },
  }));
}

function wildcard({ host, addresses, ports, publishedBy }: EdgeTarget): readonly ProbeResult[] {
  const at = formatTime(now());
  const reason = 'a wildcard is no host that could be asked for';
  return addresses.slice(0, 1).flatMap((address) =>
    ports.slice(0, 1).map(({ port }) => ({
      at,
      from: 'capture',
      to: `edge/${host}@${address}:${port}`,
      outcome: 'not-probed',
      detail: { step: 'dns', host, port, publishedBy, reason },
    })),
  );
}
