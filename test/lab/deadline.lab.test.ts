/** The file is there in time whatever hangs, and wherever a capture is killed: each loss a gap, nothing false. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { badLine } from './breaking/api-server.ts';
import { applyServer } from './breaking/rollouts.ts';
import { contentOf } from './content.ts';
import { test } from './fixture.ts';
import { type CliResult, whenSaid } from './run-cli.ts';

const TIMEOUT_MS = 8000;
/** What the product promises: the file is there this long after the time that was given. The verdict comes after it. */
const PROMISE_MS = TIMEOUT_MS + 2000;

/** Milliseconds from the start of the program until the file had its name. */
function fileAfter(file: string, result: CliResult, endedAt: number): number {
  return statSync(file).ctimeMs - (endedAt - result.ms);
}

describe('the time that was given', () => {
  test.for(['', 'Cluster ', '✓ Events', '✓ EndpointSlices', '✓ logs of containers'])(
    'is kept when nothing passes any more after %j',
    async (moment, { kubeconfig, dir, cli }) => {
      const line = await badLine(kubeconfig, dir);
      const file = join(dir, 'hung.tar.gz');
      if (moment === '') line.hang();
      const result = await cli(
        ['capture', '--kubeconfig', line.kubeconfig, '-o', file, '--timeout', `${TIMEOUT_MS / 1000}s`],
        { onStart: (child) => whenSaid(child, moment === '' ? 'never said' : moment, () => line.hang()) },
      );
      const endedAt = Date.now();
      await line.close();
      expect(fileAfter(file, result, endedAt)).toBeLessThan(PROMISE_MS);
      const { manifest } = await contentOf(file);
      expect(manifest?.end).toBe('deadline');
      const gaps = manifest?.gaps ?? [];
      expect(gaps).not.toEqual([]);
      expect(gaps.filter(({ reason }) => reason !== 'timeout' && reason !== 'unreachable')).toEqual([]);
      // What goes first is lost last.
      const lost = gaps.map(({ key }) => key);
      const had = moment.startsWith('✓') ? ['list:events'] : [];
      if (had.length > 0 && moment !== '✓ Events') had.push('list:pods', 'list:services');
      expect(had.filter((key) => lost.includes(key))).toEqual([]);
    },
  );

  test('is enough for all lists when connections are forgotten on the way', async ({
    kubeconfig,
    dir,
    cli,
  }) => {
    const line = await badLine(kubeconfig, dir);
    const file = join(dir, 'forgotten.tar.gz');
    await cli(['capture', '--kubeconfig', line.kubeconfig, '-o', file, '--timeout', '40s'], {
      onStart: (child) => whenSaid(child, '✓ Events', () => line.forget()),
    });
    await line.close();
    const { manifest } = await contentOf(file);
    expect(manifest?.gaps.filter(({ evidence }) => evidence === 'list')).toEqual([]);
  });
});

/** A kubeconfig whose credentials come from this shell script. */
function withPlugin(kubeconfig: string, dir: string, script: string): string {
  const config: { users: Array<{ name: string; user: Record<string, unknown> }> } = parse(
    readFileSync(kubeconfig, 'utf8'),
  );
  const known = config.users[0]?.user ?? {};
  const pem = (name: string): string =>
    typeof known[`${name}-data`] === 'string'
      ? Buffer.from(String(known[`${name}-data`]), 'base64').toString('utf8')
      : readFileSync(String(known[name]), 'utf8');
  const status = { clientCertificateData: pem('client-certificate'), clientKeyData: pem('client-key') };
  const answer = join(dir, 'credential.json');
  writeFileSync(answer, JSON.stringify({ kind: 'ExecCredential', status }), { mode: 0o600 });
  const command = join(dir, 'plugin.sh');
  writeFileSync(command, `#!/bin/sh\n${script}\ncat ${answer}\n`);
  chmodSync(command, 0o755);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' };
  const changed = { ...config, users: config.users.map(({ name }) => ({ name, user: { exec } })) };
  const file = join(dir, 'plugin.kubeconfig');
  writeFileSync(file, stringify(changed), { mode: 0o600 });
  return file;
}

describe('a credential plugin', () => {
  test.for([
    ['is slow', 'sleep 4'],
    ['reads its input', 'cat'],
  ] as const)('that %s costs time, not the file', async ([, script], { kubeconfig, dir, cli }) => {
    const file = join(dir, 'plugin.tar.gz');
    const own = withPlugin(kubeconfig, dir, script);
    const result = await cli(['capture', '--kubeconfig', own, '-o', file, '--timeout', '8s']);
    expect(fileAfter(file, result, Date.now())).toBeLessThan(PROMISE_MS);
    const { bodies } = await contentOf(file);
    expect([...bodies.keys()]).toContain('resources/core/v1/events/list.json');
  });

  test('that hangs is said to, in time, and there is nothing to take', async ({ kubeconfig, dir, cli }) => {
    const own = withPlugin(kubeconfig, dir, 'sleep 100');
    const result = await cli([
      'capture',
      '--kubeconfig',
      own,
      '-o',
      join(dir, 'x.tar.gz'),
      '--timeout',
      '5s',
    ]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/credential plugin .* did not answer before the capture's time was over/);
    expect(result.ms).toBeLessThan(7000);
  });
});

test('killed at 50 random moments: each file loads, says what is missing, and nothing false', async ({
  namespace,
  kube,
  dir,
  cli,
  diagnose,
}) => {
  await applyServer(kube, namespace, { name: 'web' });
  const moments = Array.from({ length: 50 }, () => Math.floor(Math.random() * 3000));
  const tally = { whole: 0, cut: 0, before: 0 };
  const one = async (later: number, index: number): Promise<void> => {
    const file = join(dir, `killed-${index}.tar.gz`);
    await cli(['capture', '-n', namespace, '-o', file, '--timeout', '40s'], {
      onStart: (child) => whenSaid(child, 'Cluster ', () => setTimeout(() => child.kill('SIGKILL'), later)),
    });
    const left = readdirSync(dir).find((name) => name.startsWith(`${basename(file)}.partial`));
    if (left === undefined) {
      // Either it had ended, or it had not begun: never a name without a file.
      tally[existsSync(file) ? 'whole' : 'before'] += 1;
      return;
    }
    tally.cut += 1;
    // Killed before a byte of the header was on disk: there is nothing to load.
    if (statSync(join(dir, left)).size < 100) return;
    const { verdict } = await diagnose(join(dir, left));
    expect([later, verdict.bundle.end]).toEqual([later, 'cut']);
    expect([later, verdict.roots, verdict.errors]).toEqual([later, [], []]);
    expect(verdict.gaps.length + verdict.unknown.length).toBeGreaterThan(0);
  };
  const queue = moments.entries();
  const worker = async (): Promise<void> => {
    for (const [index, later] of queue) await one(later, index);
  };
  await Promise.all([worker(), worker(), worker(), worker(), worker()]);
  expect(tally.cut).toBeGreaterThan(20);
});
