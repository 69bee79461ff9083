/** Which Services a text of a program (a log line, an error) shows it to reach for: addresses and hosts, never mere words. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { serviceOfName } from '../../../src/k8s/dns-names.ts';
import type { AllFacts } from '../facts.ts';
import { failureIn, waitIn } from './failures.ts';
import { remembered } from '../read.ts';
import { hostOf } from './targets.ts';
import type { ServiceFact } from '../services.ts';

/**
 * A host as errors write it: in a URL, before a port, after `lookup`, `host` and the like as resolvers say it, or a name of
 * the cluster's own domain. A bare word is none: logs are full of words that are some Service's name too.
 */
const HOSTS = [
  /\b[a-z][a-z0-9+.-]{0,20}:\/\/(?:[^\s/@"']*@)?([a-z0-9][a-z0-9.-]*)/gi,
  /(?:^|[^\w./@-])([a-z0-9][a-z0-9.-]*):\d{1,5}\b/gi,
  /\b(?:lookup|resolve|resolving|ENOTFOUND|EAI_AGAIN|host(?:\s?name)?)[\s:=]+["'`]?([a-z0-9][a-z0-9.-]*)/gi,
  /(?<![\w.-])([a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*\.svc(?:\.[a-z0-9.-]+)?)/gi,
];

/** The Services of the bundle that texts of a client in `namespace` name or address, each once. */
export function servicesReachedFor(
  facts: Pick<AllFacts, 'services'>,
  texts: readonly string[],
  namespace: string,
): ObjectRef[] {
  const found = new Map<number, ObjectRef>();
  // Programs say the same again and again.
  for (const text of new Set(texts)) {
    for (const host of hostsInLine(text)) {
      const service = facts.services.at(host) ?? serviceNamed(facts, host, namespace);
      if (service !== undefined) found.set(service.id, service.ref);
    }
  }
  return [...found.values()];
}

/** By its own name, or, of a headless one, by that of a pod behind it: `kafka-0.kafka`, `kafka-0.kafka.shop.svc`. */
export function serviceNamed(
  { services }: Pick<AllFacts, 'services'>,
  host: string,
  namespace: string,
): ServiceFact | undefined {
  const find = (name: string): ServiceFact | undefined => {
    const named = serviceOfName(name, namespace);
    return named && services.named(named.namespace, named.name);
  };
  const behind = find(host.slice(host.indexOf('.') + 1));
  return find(host) ?? (behind?.headless === true ? behind : undefined);
}

/** `lookup db on 10.96.0.10:53: no such host`: that server answered, so nothing of it is waited for. */
const ANSWERED_BY = / on \S+:53(?=: no such host)/g;

/**
 * Hosts and addresses in a line, without final dots, with that of the dependency which the line says fails; at most the
 * line's first 4,000 characters are read.
 */
export const hostsInLine: (text: string) => ReadonlySet<string> = remembered((text) => text, readHosts);

function readHosts(text: string): ReadonlySet<string> {
  const line = text.slice(0, 4000).replace(ANSWERED_BY, '');
  const awaited = [failureIn({ text })?.target, waitIn({ text })?.target];
  return new Set(
    [
      ...HOSTS.flatMap((pattern) => [...line.matchAll(pattern)].flatMap((match) => match[1] ?? [])),
      ...awaited.flatMap((target) => (target === undefined ? [] : hostOf(target))),
    ].map((host) => host.toLowerCase().replace(/\.+$/, '')),
  );
}
