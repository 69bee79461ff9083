import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { type Listening, readListening } from '../../capture/inside/proc-net.ts';
import { readResolverFiles } from '../../capture/inside/resolver-files.ts';

/** As the kernel prints an address on a little-endian machine: each 32-bit word with its bytes reversed. */
function kernelHex(address: string): string {
  const words = ipaddr.parse(address).toByteArray();
  let hex = '';
  for (let at = 0; at < words.length; at += 4) {
    for (const byte of words.slice(at, at + 4).toReversed()) hex += byte.toString(16).padStart(2, '0');
  }
  return hex.toUpperCase();
}

const HEADERS = {
  tcp: '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
  udp: '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
};

interface Socket extends Listening {
  readonly state: 'listens' | 'connected';
}

function table(protocol: 'tcp' | 'udp', family: 4 | 6, sockets: readonly Socket[]): string {
  const rows = sockets
    .filter((one) => one.protocol === protocol && one.family === family)
    .map(({ address, port, state }, index) => {
      const idle = '0'.repeat(family === 4 ? 8 : 32);
      const remote =
        state === 'listens' ? `${idle}:0000` : `${kernelHex(family === 4 ? '10.1.2.3' : 'fd00::3')}:01BB`;
      const code = state === 'connected' ? '01' : protocol === 'tcp' ? '0A' : '07';
      const local = `${kernelHex(address)}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
      return ` ${String(index).padStart(4)}: ${local} ${remote} ${code} 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0`;
    });
  return `${[HEADERS[protocol], ...rows].join('\n')}\n`;
}

const socket = fc
  .record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    family: fc.constantFrom(4 as const, 6 as const),
    v4: fc.ipV4(),
    v6: fc.ipV6(),
    port: fc.integer({ min: 1, max: 65_535 }),
    state: fc.constantFrom('listens' as const, 'connected' as const),
  })
  .map(({ protocol, family, v4, v6, port, state }): Socket => {
    const address = ipaddr.parse(family === 4 ? v4 : v6).toString();
    return { protocol, family, address, port, state };
  })
  .filter(({ family, address }) => family === 4 || !address.startsWith('::ffff:'));

const keyOf = ({ protocol, family, address, port }: Listening): string =>
  `${protocol} ${family} ${address} ${port}`;

describe('socket tables', () => {
  it('give exactly the sockets that listen, whatever they are between', () => {
    fc.assert(
      fc.property(fc.array(socket, { maxLength: 30 }), (sockets) => {
        const text = (['tcp', 'udp'] as const)
          .flatMap((protocol) => ([4, 6] as const).map((family) => table(protocol, family, sockets)))
          .join('');
        const read = readListening(`nameserver 10.96.0.10\n127.0.0.1 localhost\n${text}`);
        const expected = sockets.filter(({ state }) => state === 'listens').map(keyOf);
        expect(read.tables).toBe(4);
        expect(read.listening.map(keyOf).sort()).toEqual([...new Set(expected)].sort());
      }),
    );
  });

  it('tell a v4-mapped address as the IPv4 address it stands for', () => {
    const text = `${HEADERS.tcp}\n   0: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 0:0\n`;
    expect(readListening(text).listening).toEqual([
      { protocol: 'tcp', family: 4, address: '127.0.0.1', port: 8080 },
    ]);
  });

  it('never throw, and without a table there is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { listening, tables } = readListening(text);
        expect(tables > 0 || listening.length === 0).toBe(true);
        expect(Array.isArray(readResolverFiles(text).nameservers)).toBe(true);
      }),
    );
  });
});

describe('resolver files', () => {
  it('are told apart, with comments, without a line feed between them, the last search list winning', () => {
    const files = readResolverFiles(
      '# by hand\nnameserver 10.96.0.10 # dns\ndomain a.example\nsearch b.example c.example\noptions ndots:5 timeout:1\n' +
        'nameserver fd00::a# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n',
    );
    expect(files).toEqual({
      nameservers: ['10.96.0.10', 'fd00::a'],
      search: ['b.example', 'c.example'],
      options: ['ndots:5', 'timeout:1'],
      hosts: '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n',
    });
  });
});
