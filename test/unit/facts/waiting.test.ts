import { describe, expect, it } from 'vitest';
import { hostsInLine } from '../../../analyze/facts/logs/waiting.ts';

describe('hosts in a log line', () => {
  it.each([
    ['dial tcp 10.96.0.7:5432: connect: connection refused', ['10.96.0.7']],
    ['lookup db.shop.svc.cluster.local on 10.96.0.10:53: no such host', ['db.shop.svc.cluster.local']],
    [
      'lookup db on 10.96.0.10:53: read udp 10.244.0.9:4711->10.96.0.10:53: i/o timeout',
      ['db', '10.96.0.10'],
    ],
    ['Error: getaddrinfo ENOTFOUND db', ['db']],
    ['Error: connect ECONNREFUSED 10.96.0.7:6379', ['10.96.0.7']],
    ['could not translate host name "db" to address: Name or service not known', ['db']],
    ["Unknown MySQL server host 'db' (-2)", ['db']],
    ['ERROR POST http://pay.shop:80/pay failed', ['pay.shop']],
    ['postgres://user:secret@db.shop.svc/main: timeout', ['db.shop.svc']],
    [
      'psycopg2.OperationalError: connection to server at "db" (10.96.0.7), port 5432 failed: Connection refused',
      ['db'],
    ],
    ['AnnotatedConnectException: Connection refused: redis/10.96.0.9:6379', ['redis']],
    ['finishConnect(..) failed: Connection refused: /10.96.0.9:6379', ['10.96.0.9']],
    ['dial tcp [fd00:10:96::7]:5432: connect: connection refused', ['fd00:10:96::7']],
    [String.raw`{"error":"connection to server at \"db\", port 5432 failed: timeout expired"}`, ['db']],
    ['Connection to db:5432 refused. Check that the hostname and port are correct', ['db']],
  ])('%s', (line, hosts) => {
    for (const host of hosts) expect([...hostsInLine(line)]).toContain(host);
  });

  it('not the DNS server that did answer', () => {
    expect([...hostsInLine('dial tcp: lookup db on 10.96.0.10:53: no such host')]).toEqual(['db']);
  });

  it.each(['starting web on port 8080', 'db migration done', 'panic: nil map', 'at web.js line 3'])(
    'none in: %s',
    (line) => {
      expect([...hostsInLine(line)]).toEqual([]);
    },
  );
});
