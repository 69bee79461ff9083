/** Socket tables as real kernels print them: loopback, all addresses, v4-mapped ones, and what is no listener. */
import { describe, expect, it } from 'vitest';
import { readAddress, readListening } from '../../../capture/inside/proc-net.ts';

/** Of a pod: a listener on ::1, one on ::, one on ::ffff:127.0.0.1 as Java makes it, and a connection to the one on ::. */
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234567 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 65534        0 1234568 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1234569 1 0000000000000000 100 0 0 10 0
   3: 0000000000000000FFFF00000900F40A:1F91 0000000000000000FFFF00000300F40A:C3A2 01 00000000:00000000 02:000A1B2C 00000000 65534        0 1234570 2 0000000000000000 20 4 30 10 -1
`;
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F93 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234571 1 0000000000000000 100 0 0 10 0
   1: 00000000:1F94 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234572 1 0000000000000000 100 0 0 10 0
`;
const UDP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1234: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1234573 2 0000000000000000 0
`;

describe('tcp6', () => {
  it('tells ::1, :: and v4-mapped listeners, and no connections', () => {
    expect(readListening(TCP6).listening).toEqual([
      { protocol: 'tcp', family: 6, address: '::1', port: 8080, waiting: 0 },
      { protocol: 'tcp', family: 6, address: '::', port: 8081, waiting: 0 },
      { protocol: 'tcp', family: 4, address: '127.0.0.1', port: 8082, waiting: 0 },
    ]);
  });

  it('beside the other tables keeps each in its own', () => {
    const { listening, tables, bindv6only } = readListening(`${TCP}${TCP6}${UDP6}0\n`);
    expect([tables, bindv6only]).toEqual([3, false]);
    expect(listening.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`)).toEqual([
      'tcp ::1 8080',
      'tcp :: 8081',
      'tcp 127.0.0.1 8082',
      'tcp 127.0.0.1 8083',
      'tcp 0.0.0.0 8084',
      'udp :: 8081',
    ]);
  });

  it('tells the setting by which :: takes IPv6 alone, and not where it was not read', () => {
    expect(readListening(`${TCP6}1\n`).bindv6only).toBe(true);
    expect(readListening(TCP6)).not.toHaveProperty('bindv6only');
    // A line of a hosts file is none.
    expect(readListening(`1\n${TCP6}`)).not.toHaveProperty('bindv6only');
  });
});

/** Of a server that listens and accepts nobody: three wait, one of whom has left; and another server, whose client is served. */
const HUNG = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   3: 00000000:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 235598 4 00000000700f0dd0 100 0 0 10 0
   4: 0900F40A:1F90 0100F40A:DF4C 01 00000000:00000000 00:00000000 00000000     0        0 0 1 000000000cd87739 20 0 0 10 -1
   5: 0900F40A:1F90 0100F40A:DF2E 08 00000000:00000001 00:00000000 00000000     0        0 0 1 00000000536c8246 20 4 0 10 -1
   6: 0900F40A:1F90 0100F40A:DF3C 01 00000000:00000000 00:00000000 00000000     0        0 0 1 000000000b867090 20 0 0 10 -1
   7: 0900F40A:1F90 0100F40A:DF3D 06 00000000:00000000 03:0000175C 00000000     0        0 0 3 000000006d66cbe9
   8: 0100007F:1F91 00000000:0000 0A 00000000:00000001 00:00000000 00000000     0        0 235599 4 00000000700f0dd1 100 0 0 10 0
   9: 0900F40A:1F91 0100F40A:DF4D 01 00000000:00000000 00:00000000 00000000     0        0 235605 2 000000001cf41703 20 0 0 10 -1
`;

describe('the accept queue', () => {
  it('is how many connections a listener leaves waiting, and who: what stands and has no inode', () => {
    expect(readListening(HUNG).listening).toEqual([
      {
        protocol: 'tcp',
        family: 4,
        address: '0.0.0.0',
        port: 8080,
        waiting: 3,
        waitingFrom: ['10.244.0.1:57134', '10.244.0.1:57148', '10.244.0.1:57164'],
      },
      { protocol: 'tcp', family: 4, address: '127.0.0.1', port: 8081, waiting: 1 },
    ]);
  });

  it('is that of all sockets that share a port (SO_REUSEPORT)', () => {
    const row = HUNG.split('\n')[1] ?? '';
    expect(readListening(`${HUNG}${row.replace('00000003', '00000002')}\n`).listening[0]?.waiting).toBe(5);
  });
});

describe('an address', () => {
  it.each([
    ['00000000000000000000000001000000', 6, '::1'],
    ['00000000000000000000000000000000', 6, '::'],
    ['0000000000000000FFFF00000100007F', 4, '127.0.0.1'],
    ['0000000000000000FFFF000000000000', 4, '0.0.0.0'],
    ['B80D01200000000000000000010000AB', 6, '2001:db8::ab00:1'],
    ['000080FE00000000FF005450EEDDCCFE', 6, 'fe80::5054:ff:fecc:ddee'],
    ['0900F40A', 4, '10.244.0.9'],
  ])('%s is read in the byte order of the machine', (hex, family, address) => {
    expect(readAddress(hex)).toEqual({ family, address });
  });
});
