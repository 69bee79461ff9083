/** What `dig` and `nslookup` print of one DNS question. Pure. */
import type { ProbeResult } from '../../src/bundle/format.ts';
import type { Question } from '../dns-server.ts';
import type { DnsReply } from '../network/dns-reply.ts';
import { outcomeOfWords } from './ways.ts';

/** What came of one question. `ms` only where the program measures it: starting a program takes longer than an answer. */
export type Asked =
  | { readonly reply: DnsReply; readonly ms?: number }
  | { readonly outcome: ProbeResult['outcome']; readonly text: string };

/** dig(1): the header's status, the answer section in the form of a zone file, and the time that it measured. */
export function digSaid(said: string, code: number): Asked | undefined {
  const rcode = /->>HEADER<<-.*\bstatus: (\w+)/.exec(said)?.[1];
  if (rcode === undefined) {
    const outcome = outcomeOfWords(said);
    // 1: it does not understand an option.
    if (outcome === undefined || code === 1) return undefined;
    return {
      outcome: /no servers could be reached/.test(said) && outcome === 'error' ? 'timeout' : outcome,
      text: lastWords(said),
    };
  }
  const section = /;; ANSWER SECTION:\n([\s\S]*?)(?:\n\n|\n;;|$)/.exec(said)?.[1] ?? '';
  const answers = section.split('\n').flatMap((line) => {
    const [name, ttl, , type, ...data] = line.trim().split(/\s+/);
    if (name === undefined || type === undefined || !/^\d+$/.test(ttl ?? '')) return [];
    return [{ name: bare(name), type, data: bare(data.join(' ')), ttl: Number(ttl) }];
  });
  const ms = /;; Query time: (\d+) msec/.exec(said)?.[1];
  return { reply: { rcode, answers }, ...(ms === undefined ? {} : { ms: Number(ms) }) };
}

/**
 * BIND's nslookup and BusyBox's (`FEATURE_NSLOOKUP_BIG`): the server first, then a blank line, then what came. It keeps
 * lifetimes to itself, and calls a refused port a time-out.
 */
export function nslookupSaid(said: string, question: Question): Asked | undefined {
  const failed = /(?:server )?can't find [^:]*: (\w+)$/im.exec(said)?.[1];
  if (failed === 'No' || /can't find .*: no answer/i.test(said))
    return { reply: { rcode: 'NOERROR', answers: [] } };
  if (failed !== undefined) return { reply: { rcode: failed.toUpperCase(), answers: [] } };
  const [, body = ''] = /^Server:[\s\S]*?\n\s*\n([\s\S]*)$/m.exec(said) ?? [];
  const found = [...body.matchAll(/^(?:Address(?: \d+)?:\s*|.*has AAAA address )([0-9a-f.:]+)/gim)].flatMap(
    ([, address]) => address ?? [],
  );
  const names = [...body.matchAll(/canonical name = (\S+)/gi)].flatMap(([, name]) => name ?? []);
  if (found.length + names.length > 0) {
    const answers = [
      ...names.map((data) => ({ name: question.name, type: 'CNAME', data: bare(data) })),
      ...found.map((data) => ({ name: question.name, type: data.includes(':') ? 'AAAA' : 'A', data })),
    ];
    return { reply: { rcode: 'NOERROR', answers } };
  }
  if (/no servers could be reached|timed? ?out/i.test(said)) {
    return { outcome: /refused/i.test(said) ? 'refused' : 'timeout', text: lastWords(said) };
  }
  // An older BusyBox asks by libc, with whatever server that likes, and tells no answer from no such name.
  return undefined;
}

function bare(name: string): string {
  return name.length > 1 ? name.replace(/\.$/, '') : name;
}

/** The end of what a program said, as results tell it. */
export function lastWords(said: string): string {
  return said.trim().split('\n').slice(-3).join(' ').slice(0, 300);
}
