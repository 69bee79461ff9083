/** HTTPS_PROXY and NO_PROXY, which kubectl obeys and the client library does not. */
import ipaddr from 'ipaddr.js';

/** The proxy that the environment names for this server; undefined when it is to be reached directly. */
export function proxyFor(server: URL, env: NodeJS.ProcessEnv): string | undefined {
  const name = server.protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  const proxy = env[name] || env[name.toLowerCase()];
  if (!proxy) return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port || (server.protocol === 'http:' ? '80' : '443');
  if (host === 'localhost' || isLoopback(host)) return undefined;
  const exempt = (env['NO_PROXY'] || env['no_proxy'] || '').split(',');
  if (exempt.some((rule) => covers(rule.trim().toLowerCase(), host, port))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function covers(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  if (rule.includes('/')) return inRange(rule, host);
  const [, name = rule, wantedPort] = /^([^:]+):(\d+)$/.exec(rule) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const suffix = name.replace(/^\*?\./, '');
  return host === suffix || host.endsWith(`.${suffix}`);
}

function inRange(rule: string, host: string): boolean {
  if (!ipaddr.isValid(host) || !ipaddr.isValidCIDR(rule)) return false;
  const address = ipaddr.parse(host);
  const [network, bits] = ipaddr.parseCIDR(rule);
  return address.kind() === network.kind() && address.match(network, bits);
}

function isLoopback(host: string): boolean {
  return ipaddr.isValid(host) && ipaddr.parse(host).range() === 'loopback';
}
