/** What the lines of programs in many languages tell of what they depend on. */
import { describe, expect, it } from 'vitest';
import { failureIn, waitIn } from '../../../analyze/facts/logs/failures.ts';
import { GO } from './log-lines/go.ts';
import { JVM } from './log-lines/jvm.ts';
import { MORE } from './log-lines/more.ts';
import { NODE } from './log-lines/node.ts';
import { NONE } from './log-lines/none.ts';
import { OTHERS } from './log-lines/others.ts';
import { PYTHON } from './log-lines/python.ts';

describe.each([
  ['Go', GO],
  ['the JVM', JVM],
  ['Python', PYTHON],
  ['Node.js', NODE],
  ['others', OTHERS],
  ['more clients', MORE],
])('a line of %s', (_, lines) => {
  it.each(lines)('%s, %s: %s', (way, target, text) => {
    const told = failureIn({ text });
    expect([told?.way, told?.target]).toEqual([way, target]);
  });
});

it.each(NONE)('tells of no dependency: %s', (text) => {
  expect(failureIn({ text })).toBeUndefined();
});

it('may end in the end of its line, as the output of a command does', () => {
  expect(failureIn({ text: 'db:5432 - no response\n' })).toMatchObject({ target: 'db:5432' });
});

describe('a container that waits', () => {
  const target = (text: string): string | undefined =>
    waitIn({ at: 0, level: 0, text, file: 'f', line: 1 })?.target;

  it.each([
    ['db', 'waiting for db'],
    ['db', 'Waiting for db...'],
    ['db:5432', 'still waiting for db:5432'],
    ['db:5432', 'wait-for-it.sh: waiting 15 seconds for db:5432'],
    ['db:5432', '2026/05/01 14:00:00 Waiting for: tcp://db:5432'],
    ['postgres', 'Postgres is unavailable - sleeping'],
    ['db:5432', 'db:5432 is not available yet, retrying in 2s'],
    ['db.shop.svc', 'waiting for service db.shop.svc'],
    ['billing:80', 'billing:80 not ready, waiting'],
  ])('waits for %s: %s', (host, text) => {
    expect(target(text)?.toLowerCase()).toBe(host);
  });

  it.each(['done', 'db:5432 is available after 3 seconds', 'starting', 'db is ready'])(
    'does not: %s',
    (text) => {
      expect(target(text)).toBeUndefined();
    },
  );
});

it.each([
  'liquibase.lockservice : Waiting for changelog lock....',
  'liquibase.exception.LockException: Could not acquire change log lock.  Currently locked by pay-6d5f (10.244.0.9) since 5/1/26, 2:00 PM',
  'ActiveRecord::ConcurrentMigrationError: Cannot run migrations because another migration process is currently running.',
  'Error: P1002 The database server at `db`:`5432` was reached but timed out. Context: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)).',
  "error: can't acquire database lock",
  'pq: canceling statement due to lock timeout',
  'ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction',
])('tells of a lock: %s', (text) => {
  expect(failureIn({ text })?.way).toBe('locked');
});
