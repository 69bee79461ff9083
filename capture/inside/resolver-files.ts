/** `/etc/resolv.conf` and `/etc/hosts`, read one after the other as one text (resolv.conf(5), hosts(5)). */
import { isIP } from 'node:net';

export interface ResolverFiles {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
  readonly hosts: string;
}

const MAX_HOSTS = 16 * 1024;
/** How the kubelet begins a hosts file, on pods' own and on the node's network (`nodeHostsFileContent`). */
const MANAGED = '# Kubernetes-managed hosts file';

/** Reads both. The hosts file begins at the kubelet's comment or at the first line that begins with an address. */
export function readResolverFiles(text: string): ResolverFiles {
  const lines = text.replace(MANAGED, `\n${MANAGED}`).split(/\r?\n/);
  const begins = lines.findIndex((line) => line.startsWith(MANAGED) || isIP(firstWord(line)) !== 0);
  const resolver = begins < 0 ? lines : lines.slice(0, begins);
  const nameservers: string[] = [];
  let search: readonly string[] = [];
  const options: string[] = [];
  for (const line of resolver) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) nameservers.push(values[0]);
    // The last of them wins, and `domain` is a search list of one.
    else if (keyword === 'search') search = values;
    else if (keyword === 'domain') search = values.slice(0, 1);
    else if (keyword === 'options') options.push(...values);
  }
  const hosts = begins < 0 ? '' : lines.slice(begins).join('\n').slice(0, MAX_HOSTS);
  return { nameservers, search, options, hosts };
}

function firstWord(line: string): string {
  return line.trim().split(/\s+/)[0]?.replace(/%.*$/, '') ?? '';
}
