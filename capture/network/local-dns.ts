/** Whether a pod is a NodeLocal DNS cache, and on which addresses of its node it listens. Pure. */
import { isIP } from 'node:net';
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import { stringsOf } from './read.ts';

/** As the addon of Kubernetes labels it (cluster/addons/dns/nodelocaldns/nodelocaldns.yaml), and those made after it. */
const LABEL = { key: 'k8s-app', value: 'node-local-dns' } as const;
/** The addon's own, where its arguments name none. */
const USUAL = '169.254.20.10';
const NONE: readonly string[] = [];

/** `-localip` of `node-cache` as it is given, the link-local addresses first; empty for a pod that is no such cache. */
export function localDnsOf(metadata: JsonRecord, containers: readonly JsonRecord[]): readonly string[] {
  if (asRecord(metadata['labels'])[LABEL.key] !== LABEL.value) return NONE;
  const args = containers.flatMap((one) => [...stringsOf(one['command']), ...stringsOf(one['args'])]);
  const named = args.flatMap((arg, index) => {
    const [, inline] = /^--?localip(?:=(.*))?$/.exec(arg) ?? [];
    if (!/^--?localip\b/.test(arg)) return [];
    return (inline ?? args[index + 1] ?? '').split(',').map((one) => one.trim());
  });
  const addresses = [...new Set(named)].filter((one) => isIP(one) !== 0);
  if (addresses.length === 0) return [USUAL];
  return addresses.toSorted((a, b) => Number(isLinkLocal(b)) - Number(isLinkLocal(a)));
}

function isLinkLocal(address: string): boolean {
  return /^(169\.254\.|fe[89ab])/i.test(address);
}
