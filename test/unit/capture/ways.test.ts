import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Connected, CONNECT_WAYS, READ_WAYS } from '../../../capture/inside/ways.ts';
import { mentionsIn } from '../../../capture/network/mentions.ts';
import { here, runHere } from '../../support/run-here.ts';

describe('ways to connect, run for real where the program is at hand', () => {
  const runnable = CONNECT_WAYS.filter((way) => {
    const [first = '', second] = way.command('h', 1, 1);
    return here(first) && (first !== 'timeout' || here('bash')) && (first !== 'busybox' || second === 'nc');
  });
  const outcomeOf = async (way: (typeof CONNECT_WAYS)[number], host: string, port: number) => {
    const ended = await runHere(way.command(host, port, 1));
    return way.read({ kind: 'exited', truncated: false, ...ended });
  };

  it('are at least Node', () => {
    expect(runnable.map(({ id }) => id)).toContain('node');
  });

  it.each(runnable.map((way) => [way.id, way] as const))(
    '%s tells ok, refused and dns-error apart, and sends nothing',
    async (_, way) => {
      let bytes = 0;
      const server = createServer((socket) => {
        socket.on('data', (data) => (bytes += data.length)).on('error', () => undefined);
        socket.on('end', () => socket.end());
      });
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const { port } = server.address() as AddressInfo;
      const ok = await outcomeOf(way, '127.0.0.1', port);
      await new Promise((resolve) => server.close(resolve));
      const refused = await outcomeOf(way, '127.0.0.1', port);
      const unknown = await outcomeOf(way, 'no-such-host.invalid', port);
      expect([ok?.outcome, refused?.outcome, unknown?.outcome]).toEqual(['ok', 'refused', 'dns-error']);
      expect(bytes).toBe(0);
    },
  );
});

describe('what the programs print', () => {
  const way = (id: string) => CONNECT_WAYS.find((one) => one.id === id) ?? expect.fail(id);
  it.each<[string, string, number, string, Connected['outcome'] | undefined]>([
    ['nc -z', 'BusyBox without -z', 1, "nc: invalid option -- 'z'\nBusyBox v1.35.0\nUsage: nc", undefined],
    [
      'nc -z',
      'OpenBSD, refused',
      1,
      'nc: connect to 10.0.0.1 port 81 (tcp) failed: Connection refused',
      'refused',
    ],
    [
      'nc -z',
      'OpenBSD, time-out',
      1,
      'nc: connect to 10.0.0.1 port 81 (tcp) timed out: Operation now in progress',
      'timeout',
    ],
    [
      'nc -z',
      'OpenBSD, name',
      1,
      'nc: getaddrinfo for host "x" port 80: Name or service not known',
      'dns-error',
    ],
    ['nc -z', 'Ncat, refused', 1, 'Ncat: Connection refused.', 'refused'],
    ['nc -z', 'Ncat, time-out', 1, 'Ncat: TIMEOUT.', 'timeout'],
    [
      'nc -z',
      'Ncat, name',
      2,
      'Ncat: Could not resolve hostname "x": Name or service not known. QUITTING.',
      'dns-error',
    ],
    ['nc -z', 'traditional, refused', 1, '(UNKNOWN) [10.0.0.1] 81 (?) : Connection refused', 'refused'],
    [
      'nc -e true',
      'BusyBox, refused',
      1,
      "nc: can't connect to remote host (10.96.0.1): Connection refused",
      'refused',
    ],
    ['nc -e true', 'BusyBox, name', 1, "nc: bad address 'x'", 'dns-error'],
    ['nc -e true', 'BusyBox, time-out', 1, 'nc: timed out', 'timeout'],
    [
      'nc -e true',
      'BusyBox, no route',
      1,
      "nc: can't connect to remote host: Network is unreachable",
      'unreachable',
    ],
    ['bash /dev/tcp', 'time-out', 124, '', 'timeout'],
    [
      'bash /dev/tcp',
      'without bash',
      127,
      "timeout: failed to run command 'bash': No such file or directory",
      undefined,
    ],
    [
      'bash /dev/tcp',
      'refused',
      1,
      'bash: connect: Connection refused\nbash: line 1: /dev/tcp/a/1: Connection refused',
      'refused',
    ],
    ['agnhost connect', 'refused', 1, 'REFUSED\n', 'refused'],
    ['agnhost connect', 'time-out', 1, 'TIMEOUT\n', 'timeout'],
    ['agnhost connect', 'name', 1, 'DNS: lookup nosuch on 10.96.0.10:53: no such host\n', 'dns-error'],
    ['curl telnet://', 'without telnet', 1, 'curl: (1) Protocol "telnet" not supported', undefined],
    ['curl telnet://', 'time-out', 28, 'curl: (28) Connection timed out after 3001 milliseconds', 'timeout'],
    ['python3', 'reset', 1, '[Errno 104] Connection reset by peer address 10.0.0.1', 'reset'],
    ['node', 'no route', 1, 'connect EHOSTUNREACH 10.0.0.1:80 address 10.0.0.1', 'unreachable'],
    ['nc -z', 'something else', 3, 'strange', 'error'],
  ])('%s: %s', (id, _, code, stderr, outcome) => {
    const connected = way(id).read({ kind: 'exited', code, stderr, stdout: '', truncated: false });
    expect(connected?.outcome).toBe(outcome);
  });
});

describe('ways to read, run for real', () => {
  it.each(READ_WAYS.filter(({ id }) => here(id)).map((way) => [way.id, way] as const))(
    '%s gives the files one after the other, what is missing left out',
    async (_, way) => {
      const { stdout } = await runHere(way.command(['/proc/version', '/no/such/file', '/proc/net/udp']));
      expect(stdout).toMatch(/^Linux version[^]*local_address/);
    },
  );
});

describe('hosts that a text names', () => {
  it.each<[string, string[]]>([
    ['http://payment', ['payment:80!']],
    ['postgresql://user:p%40ss@db.shop.svc.cluster.local:5433/x?ssl=1', ['db.shop.svc.cluster.local:5433!']],
    ['jdbc:mysql://mysql/app', ['mysql:3306!']],
    ['--upstream=api.shop:8080', ['api.shop:8080']],
    ['redis:6379,redis-2:6379', ['redis:6379', 'redis-2:6379']],
    ['host=payment port=80', ['payment']],
    ['10.96.0.17:80', ['10.96.0.17:80']],
    ['10.96.0.17', []],
    ['/etc/config/file.yaml', []],
    ['12345', []],
    ['a:99999', []],
    ['http://[fd00::1]:8080/', ['fd00::1:8080!']],
  ])('%s', (text, hosts) => {
    const found = mentionsIn(text).map(
      ({ host, port, url }) => `${host}${port === undefined ? '' : `:${port}`}${url ? '!' : ''}`,
    );
    expect(found.filter((one) => !['80', 'port'].includes(one))).toEqual(hosts);
  });
});
