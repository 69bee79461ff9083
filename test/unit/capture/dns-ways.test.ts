/** How programs of an image ask a DNS server, run for real where they are at hand, and what their words mean. */
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { decode, encode, type Packet, streamEncode } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { DNS_WAYS, type DnsWay } from '../../../capture/inside/dns-ways.ts';
import { digSaid, nslookupSaid } from '../../../capture/inside/dns-words.ts';
import { here, runHere } from '../../support/run-here.ts';

const QUESTION = { name: 'web.shop.svc.cluster.local', type: 'A' };

/** Knows one name, and says NXDOMAIN of all others; what is behind the length when it came over TCP. */
function answerOf(query: Packet): Packet {
  const name = query.questions?.[0]?.name ?? '';
  const known = name === QUESTION.name;
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: known ? 0 : 3,
    questions: query.questions ?? [],
    answers: known ? [{ name, type: 'A', ttl: 5, data: '10.96.0.7' }] : [],
  };
}

const closing: Array<() => unknown> = [];
afterEach(async () => await Promise.all(closing.splice(0).map((close) => close())));

/** A name server on one port, over TCP and UDP; `mute` takes questions and says nothing. Like CoreDNS it stays connected. */
async function nameServer(mute = false): Promise<number> {
  const tcp = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => !mute && socket.write(streamEncode(answerOf(decode(data.subarray(2))))));
    socket.on('end', () => !mute && socket.end());
    closing.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => {
    tcp.listen(0, '127.0.0.1', resolve);
  });
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on(
    'message',
    (data, { port: to, address }) => !mute && udp.send(encode(answerOf(decode(data))), to, address),
  );
  await new Promise<void>((resolve) => {
    udp.bind(port, '127.0.0.1', resolve);
  });
  closing.push(
    () => udp.close(),
    () => tcp.close(),
  );
  return port;
}

/** Patient, but where nothing will come. */
async function ask(way: DnsWay, port: number, question = QUESTION, seconds = 10) {
  const ended = await runHere(way.command('127.0.0.1', port, question, seconds));
  return way.read({ kind: 'exited', truncated: false, ...ended }, question);
}

describe('ways to ask, run for real where the program is at hand', () => {
  const runnable = DNS_WAYS.filter((way) => {
    const command = way.command('h', 1, QUESTION, 1);
    return (
      here(command[0] ?? '') &&
      (command[0] !== 'sh' || here('nc')) &&
      (command[0] !== 'timeout' || here('bash'))
    );
  });

  it('are at least bash and Node', () => {
    expect(runnable.map(({ id }) => id)).toEqual(expect.arrayContaining(['bash /dev/tcp', 'node']));
  });

  it.each(runnable.map((way) => [way.id, way] as const))(
    '%s tells an answer, a name that is not there, silence and a closed port apart',
    async (_, way) => {
      const port = await nameServer();
      const known = await ask(way, port);
      // A netcat of another kind than this way is for.
      if (known === undefined) return;
      expect(known).toMatchObject({
        reply: { rcode: 'NOERROR', answers: [{ name: QUESTION.name, type: 'A', data: '10.96.0.7' }] },
      });
      expect(await ask(way, port, { name: 'no.shop.svc.cluster.local', type: 'A' })).toMatchObject({
        reply: { rcode: 'NXDOMAIN', answers: [] },
      });
      expect(await ask(way, await nameServer(true), QUESTION, 1)).toMatchObject({ outcome: 'timeout' });
      for (const close of closing.splice(0)) await close();
      const refused = await ask(way, port);
      // Over UDP some call it a time-out.
      const wanted = way.transport === 'udp' ? ['refused', 'timeout'] : ['refused'];
      expect(wanted).toContain(refused !== undefined && 'outcome' in refused ? refused.outcome : '');
    },
    30_000,
  );

  it('measure the answer, not the start of the program', async () => {
    const node = DNS_WAYS.find(({ id }) => id === 'node');
    const asked = node && (await ask(node, await nameServer()));
    expect(asked).toMatchObject({ ms: expect.any(Number) });
  });
});

describe('what a way cannot do', () => {
  const ended = (code: number, stderr: string, stdout = '') =>
    ({ kind: 'exited', truncated: false, code, stdout, stderr }) as const;
  const way = (id: string): DnsWay => {
    const found = DNS_WAYS.find((one) => one.id === id);
    if (found === undefined) throw new Error(id);
    return found;
  };

  it.each([
    ['nc', ended(0, 'sh: nc: not found')],
    ['nc -v', ended(0, "nc: invalid option -- 'v'\nBusyBox v1.36.1 multi-call binary.")],
    ['nc', ended(127, 'sh: od: not found')],
    ['bash /dev/tcp', ended(127, "timeout: failed to run command 'bash': No such file or directory")],
    [
      'nslookup',
      ended(1, "nslookup: can't resolve '(null)': Name does not resolve\n\nnslookup: can't resolve 'web'"),
    ],
  ])('%s is no answer: another is tried', (id, outcome) => {
    expect(way(id).read(outcome, QUESTION)).toBeUndefined();
  });

  it('bytes that are no message, or of another question, are an error and no answer', () => {
    expect(way('nc').read(ended(0, '', ' 12 34'), QUESTION)).toEqual({
      outcome: 'error',
      text: 'the answer is no DNS message',
    });
    const other = encode(
      answerOf({ type: 'query', questions: [{ name: 'other.example', type: 'A' }] }),
    ).toString('hex');
    expect(way('nc').read(ended(0, '', other), QUESTION)).toMatchObject({ outcome: 'error' });
  });
});

const DIG = `
; <<>> DiG 9.18.24 <<>> @169.254.20.10 -p 53 -t A web.shop.svc.cluster.local.
; (1 server found)
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
;; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1

;; QUESTION SECTION:
;web.shop.svc.cluster.local.	IN	A

;; ANSWER SECTION:
web.shop.svc.cluster.local. 30 IN CNAME	www.example.com.
www.example.com.	30	IN	A	192.0.2.1

;; Query time: 3 msec
;; SERVER: 169.254.20.10#53(169.254.20.10) (UDP)
`;

describe('dig', () => {
  it('tells status, answers with their lifetime, and how long it took', () => {
    expect(digSaid(DIG, 0)).toEqual({
      reply: {
        rcode: 'NOERROR',
        answers: [
          { name: 'web.shop.svc.cluster.local', type: 'CNAME', data: 'www.example.com', ttl: 30 },
          { name: 'www.example.com', type: 'A', data: '192.0.2.1', ttl: 30 },
        ],
      },
      ms: 3,
    });
    expect(digSaid(';; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1\n', 0)).toMatchObject({
      reply: { rcode: 'SERVFAIL', answers: [] },
    });
  });

  it('tells how nothing came', () => {
    expect(
      digSaid(
        ';; communications error to 169.254.20.10#53: connection refused\n;; no servers could be reached',
        9,
      ),
    ).toMatchObject({ outcome: 'refused' });
    expect(digSaid(';; connection timed out; no servers could be reached', 9)).toMatchObject({
      outcome: 'timeout',
    });
    expect(digSaid('Invalid option: +tries=1\nUsage:  dig [@global-server]', 1)).toBeUndefined();
  });
});

describe('nslookup', () => {
  const head = 'Server:\t\t169.254.20.10\nAddress:\t169.254.20.10:53\n\n';
  it('tells addresses and not the server’s own, no such name, no records, and silence', () => {
    expect(
      nslookupSaid(`${head}Name:\tweb.shop.svc.cluster.local\nAddress: 10.96.0.7\n\n`, QUESTION),
    ).toEqual({
      reply: { rcode: 'NOERROR', answers: [{ name: QUESTION.name, type: 'A', data: '10.96.0.7' }] },
    });
    expect(nslookupSaid(`${head}** server can't find no.svc.cluster.local.: NXDOMAIN\n`, QUESTION)).toEqual({
      reply: { rcode: 'NXDOMAIN', answers: [] },
    });
    expect(nslookupSaid(`${head}*** Can't find web.shop: No answer\n`, QUESTION)).toEqual({
      reply: { rcode: 'NOERROR', answers: [] },
    });
    expect(nslookupSaid(';; connection timed out; no servers could be reached\n', QUESTION)).toMatchObject({
      outcome: 'timeout',
    });
    expect(
      nslookupSaid(
        ';; communications error to 169.254.20.10#53: connection refused\n;; no servers could be reached',
        QUESTION,
      ),
    ).toMatchObject({ outcome: 'refused' });
  });
});
