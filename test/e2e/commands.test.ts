/** Every command as a user meets it first: its help, what it says to bad input, and the three forms of a bundle. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictSchema } from '../../analyze/model/verdict.ts';
import { commands } from '../../src/cli/commands/registry.ts';
import { cli } from '../support/cli.ts';
import { ROOT } from '../support/sources.ts';

const SAMPLE = join(ROOT, 'samples/selector-mismatch/bundle.tar.gz');
const ROOT_KEY = 'service/selector-mismatch:Service/shop/payment-api';
const inquest = cli();
const work = mkdtempSync(join(tmpdir(), 'inquest-e2e-'));
/** Commands that read a bundle, with what makes each print JSON. */
const READERS: ReadonlyArray<readonly [string, ...string[]]> = [
  ['diagnose'],
  ['timeline'],
  ['replay'],
  ['query', 'SELECT count(*) AS n FROM pods'],
  ['verify'],
];

beforeAll(() => {
  execFileSync('tar', ['xzf', SAMPLE, '-C', work]);
});
afterAll(() => {
  inquest.dispose();
  rmSync(work, { recursive: true, force: true });
});

describe('help', () => {
  it('lists every command', async () => {
    const { stdout } = await inquest.run(['--help']);
    for (const name of [
      'capture',
      'open',
      'diagnose',
      'replay',
      'timeline',
      'query',
      'verify',
      'checks',
      'demo',
      'rbac',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it.each(commands.map((command) => command.name))('%s has examples and fits 80 columns', async (name) => {
    const { code, stdout } = await inquest.run([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('bad input', () => {
  const readers = [...READERS.map((args) => args[0]), 'open'];

  it.each(readers)('%s of a file that is not there says what to do', async (name) => {
    const { code, stdout, stderr } = await inquest.run([
      name,
      join(work, 'nope.tar.gz'),
      ...argumentsOf(name),
    ]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^inquest: .+\nNext: .+/m);
  });

  it.each(READERS.map((args) => args[0]))('%s of something that is no bundle says so', async (name) => {
    const file = join(work, 'not-a-bundle');
    writeFileSync(file, 'just some text\n');
    const { code, stderr } = await inquest.run([name, file, ...argumentsOf(name)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^inquest: .+\nNext: .+/m);
    expect(stderr).not.toContain('a bug');
  });

  it('a wrong option is a usage error, not a bug', async () => {
    const { code, stderr } = await inquest.run(['diagnose', SAMPLE, '--no-such-option']);
    expect(code).toBe(2);
    expect(stderr).toContain('--help');
  });
});

describe('a bundle', () => {
  it.each(READERS)('%s prints JSON and nothing else on stdout', async (name, ...rest) => {
    const { code, stdout } = await inquest.run([name, SAMPLE, ...rest, '--json']);
    expect(code).toBe(0);
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });

  it('is read from standard input and from an unpacked folder as from the file', async () => {
    const folder = join(work, readdirSync(work).find((name) => name.startsWith('inquest-')) ?? '');
    const roots: unknown[] = [];
    for (const [source, input] of [[SAMPLE], ['-', readFileSync(SAMPLE)], [folder]] as const) {
      const { stdout } = await inquest.run(['diagnose', source, '--json'], input);
      const verdict: unknown = JSON.parse(stdout);
      roots.push(
        typeof verdict === 'object' && verdict !== null && 'roots' in verdict ? verdict.roots : verdict,
      );
    }
    expect(roots).toEqual([[ROOT_KEY], [ROOT_KEY], [ROOT_KEY]]);
  });

  it('is whole, or cut, or altered, and verify says which', async () => {
    const whole = await inquest.run(['verify', SAMPLE]);
    expect([whole.code, whole.stdout.toLowerCase()]).toEqual([0, expect.stringContaining('whole')]);
    const bytes = readFileSync(SAMPLE);
    const cut = join(work, 'cut.tar.gz');
    writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    expect((await inquest.run(['verify', cut])).code).toBe(0);
    expect((await inquest.run(['verify', cut, '--strict'])).code).toBe(3);
    const altered = join(work, 'altered');
    execFileSync('cp', [
      '-r',
      join(work, readdirSync(work).find((name) => name.startsWith('inquest-')) ?? ''),
      altered,
    ]);
    const pods = join(altered, 'resources/core/v1/pods/0001.ndjson');
    writeFileSync(pods, readFileSync(pods, 'utf8').replace('payment-api', 'payment-apx'));
    const told = await inquest.run(['verify', altered]);
    expect(told.code).toBe(1);
    expect(told.stdout).toContain('resources/core/v1/pods/0001.ndjson');
  });

  it('that was cut gives no cause that its missing half could refute', async () => {
    const bytes = readFileSync(SAMPLE);
    for (const share of [0.05, 0.3, 0.6, 0.9]) {
      const cut = join(work, `cut-${share}.tar.gz`);
      writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * share)));
      const { code, stdout } = await inquest.run(['diagnose', cut, '--json']);
      expect(code).toBe(0);
      const verdict = verdictSchema.parse(JSON.parse(stdout));
      expect(verdict.bundle.end).toBe('cut');
      expect(verdict.roots.filter((key) => key !== ROOT_KEY)).toEqual([]);
      expect(verdict.gaps.length).toBeGreaterThan(0);
    }
  });

  it('answers for what the caller knows to be broken, and for why it was not something else', async () => {
    const focused = await inquest.run(['diagnose', SAMPLE, '--focus', 'svc/payment-api']);
    expect([focused.code, focused.stdout.split('\n')[0]]).toEqual([
      0,
      expect.stringMatching(/^Focus: .*broken by: .*payment-api/),
    ]);
    const json = await inquest.run(['diagnose', SAMPLE, '--focus', 'svc/payment-api', '--json']);
    expect(verdictSchema.parse(JSON.parse(json.stdout)).focus?.roots).toEqual([{ finding: ROOT_KEY }]);
    const unknown = await inquest.run(['diagnose', SAMPLE, '--focus', 'svc/payment-apo']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('payment-api')]);
    const whyNot = await inquest.run(['diagnose', SAMPLE, '--why-not', 'service/scaled-to-zero', '--json']);
    expect(JSON.parse(whyNot.stdout)).toMatchObject({ check: 'service/scaled-to-zero' });
    expect((await inquest.run(['diagnose', SAMPLE, '--why-not', 'service/nonsense'])).code).toBe(2);
  });

  it('fails a script with --fail-on, and only then', async () => {
    expect((await inquest.run(['diagnose', SAMPLE])).code).toBe(0);
    expect((await inquest.run(['diagnose', SAMPLE, '--fail-on', 'critical'])).code).toBe(1);
  });

  it('gives the verdict within ten lines that can be pasted', async () => {
    const { stdout } = await inquest.run(['diagnose', SAMPLE]);
    const head = stdout.split('\n').slice(0, 10).join('\n');
    for (const needle of ['payment-api', 'payment-api-v1', 'payment-api-v2', 'kubectl'])
      expect(head).toContain(needle);
    expect(stdout).not.toContain('\u001b');
  });

  it('is what the demo shows where there is no terminal', async () => {
    const { code, stdout } = await inquest.run(['demo']);
    expect(code).toBe(0);
    expect(stdout).toContain('service/selector-mismatch');
  });

  it('query refuses to write', async () => {
    for (const sql of [
      'DELETE FROM pods',
      "ATTACH 'x.db' AS x",
      'CREATE TABLE t (a)',
      "VACUUM INTO 'x.db'",
    ]) {
      const { code, stderr } = await inquest.run(['query', SAMPLE, sql]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^inquest: .+\nNext: .+/m);
    }
  });

  it('query ends what runs too long', async () => {
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    const { code, stderr } = await inquest.run(['query', SAMPLE, endless, '--timeout', '1s']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/time/);
  });
});

function argumentsOf(name: string): string[] {
  return READERS.find((args) => args[0] === name)?.slice(1) ?? [];
}
