/** The certificates that a TLS server showed, the leaf first, as results tell them. */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { z } from 'zod';
import type { certificateSchema } from '../../src/bundle/probes.ts';

type Certificate = z.infer<typeof certificateSchema>;
const MOST = 10;

/** What came in the handshake; empty when nothing did. */
export function chainOf(socket: TLSSocket): readonly Certificate[] {
  const chain: Certificate[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // The last one's issuer is itself when it is a root, else missing.
  while (next?.fingerprint256 !== undefined && !seen.has(next.fingerprint256) && chain.length < MOST) {
    seen.add(next.fingerprint256);
    chain.push({
      subject: nameOf(next.subject),
      issuer: nameOf(next.issuer),
      names: namesOf(next.subjectaltname),
      notBefore: timeOf(next.valid_from),
      notAfter: timeOf(next.valid_to),
      fingerprint256: next.fingerprint256,
    });
    next = next.issuerCertificate;
  }
  return chain;
}

function nameOf(name: object | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : String(value)}`)
    .join(', ');
}

/** `DNS:a, IP Address:1.2.3.4` as names. */
function namesOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(', ')
    .map((one) => one.replace(/^(DNS|IP Address):/, ''))
    .filter((one) => one !== '');
}

function timeOf(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}
