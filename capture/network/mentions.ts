/** Which hosts a text names: what a client pod's env, arguments and ConfigMaps say it talks to. */
import { isIP } from 'node:net';

/** A host as it was written. */
export interface Mention {
  readonly host: string;
  readonly port?: number | undefined;
  /** Written as part of a URL: then it is a host even where no Service of that name is known. */
  readonly url: boolean;
}

const MAX_TEXT = 8192;
const URL_HOST = /([a-z][a-z0-9+.-]*):\/\/(?:[^\s/?#@'"]*@)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?/gi;
const PLAIN = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?(?:\/.*)?$/i;
const NAME = /^(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/;
const SCHEME_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  redis: 6379,
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  amqp: 5672,
  mongodb: 27017,
  nats: 4222,
};

/** Every host that the text names or may name; the caller knows which of them are Services. */
export function mentionsIn(text: string): readonly Mention[] {
  const found = new Map<string, Mention>();
  const add = (host: string, port: number | undefined, url: boolean): void => {
    const plain = host.replace(/^\[|\]$/g, '').toLowerCase();
    if (isIP(plain) === 0 && !NAME.test(plain)) return;
    if (port !== undefined && (port < 1 || port > 65_535)) return;
    const key = `${plain}:${port ?? ''}`;
    if (found.get(key)?.url !== true) found.set(key, { host: plain, port, url });
  };
  const rest = text.slice(0, MAX_TEXT).replace(URL_HOST, (_, scheme: string, host: string, port?: string) => {
    add(host, port === undefined ? SCHEME_PORTS[scheme.toLowerCase()] : Number(port), true);
    return ' ';
  });
  for (const word of rest.split(/[\s,;"'`|(){}<>]+/)) {
    const match = PLAIN.exec(word.slice(word.lastIndexOf('=') + 1));
    if (match?.[1] === undefined) continue;
    // A bare address may be anything; with a port it is meant to be dialled.
    if (isIP(match[1]) !== 0 && match[2] === undefined) continue;
    add(match[1], match[2] === undefined ? undefined : Number(match[2]), false);
  }
  return [...found.values()];
}
