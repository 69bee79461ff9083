/** What the resolver of the capturing machine says of a host: every address, through which names, and why not. */
import { promises as dns } from 'node:dns';
import { codeOf } from '../failure.ts';

export interface Resolved {
  readonly outcome: 'ok' | 'dns-error' | 'timeout';
  readonly addresses: readonly string[];
  readonly cnames: readonly string[];
  /** c-ares' code, such as ENOTFOUND, when there is no address. */
  readonly text?: string;
  readonly ms: number;
}

export interface Names {
  readonly servers: readonly string[];
  resolve(host: string, signal: AbortSignal): Promise<Resolved>;
}

const LIMIT_MS = 2500;
const SLOW: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECANCELLED']);

/** The system's resolvers, or those given. */
export function createNames(servers?: readonly string[]): Names {
  const resolver = new dns.Resolver({ timeout: LIMIT_MS, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return {
    servers: resolver.getServers(),
    async resolve(host, signal) {
      const started = performance.now();
      const stop = (): void => resolver.cancel();
      signal.addEventListener('abort', stop, { once: true });
      const [v4, v6, cname] = await Promise.allSettled([
        resolver.resolve4(host),
        resolver.resolve6(host),
        resolver.resolveCname(host),
      ]);
      signal.removeEventListener('abort', stop);
      const addresses = [v4, v6].flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      const ms = Math.round(performance.now() - started);
      const cnames = cname.status === 'fulfilled' ? cname.value : [];
      if (addresses.length > 0) return { outcome: 'ok', addresses, cnames, ms };
      const code = (v4.status === 'rejected' ? codeOf(v4.reason) : undefined) ?? 'ENODATA';
      return { outcome: SLOW.has(code) ? 'timeout' : 'dns-error', addresses, cnames, text: code, ms };
    },
  };
}
