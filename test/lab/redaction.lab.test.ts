/** Redaction on a real cluster: nothing is replaced where there is no secret, and no planted one is in the file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { z } from 'zod';
import { applyServer, relabelPods } from './breaking/rollouts.ts';
import { contentOf } from './content.ts';
import { test } from './fixture.ts';
import { deployment, rolledOut, webServer } from './incidents/incident.ts';
import { hasCondition, text } from './kube.ts';
import { until } from './run.ts';

const documentSchema = z.looseObject({
  gaps: z.array(z.unknown()),
  redaction: z.looseObject({ mode: z.string(), counts: z.record(z.string(), z.number()) }),
});

/** The rules that replaced something. */
function fired(stdout: string): Record<string, number> {
  const { counts } = documentSchema.parse(JSON.parse(stdout)).redaction;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** With `--json` stderr carries one event a line and nothing else; what was replaced is in the document. */
function eventsOf(stderr: string): string[] {
  const lines = stderr.trimEnd().split('\n');
  return lines.map((line) => z.looseObject({ event: z.string() }).parse(JSON.parse(line)).event);
}

test('nothing of a healthy namespace, the nodes, cluster DNS and kubelets is taken for a secret', async ({
  kube,
  namespace,
  dir,
  cli,
}) => {
  const labels = { app: 'web', tier: 'front' };
  await kube.apply(deployment({ name: 'web', namespace, replicas: 2, labels, container: webServer }));
  await kube.apply(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: {
        'app.yaml': 'tokenExpirationSeconds: 600\npasswordPolicy: strict\nsecretName: db\n',
        'app.env': 'PASSWORD_FILE=/etc/db/password\nTOKEN_URL=http://auth.shop/token\n',
      },
    },
    { namespace },
  );
  await rolledOut(kube, namespace, 'web');
  const file = join(dir, 'healthy.tar.gz');
  const { stdout, stderr } = await cli(['capture', '-n', namespace, '-o', file, '--json']);
  expect(fired(stdout)).toEqual({});
  expect(eventsOf(stderr)).toContain('ended');
  const told = await cli(['capture', '-n', namespace, '-o', join(dir, 'told.tar.gz')]);
  expect(told.stderr).toMatch(/^Redacted: nothing$/m);
});

test('no planted secret is in the bytes, and the counts say which rules found them', async ({
  kube,
  namespace,
  dir,
  cli,
}) => {
  const secret = 'Zq8hunter2Lab77';
  const body = `MIIEvQIBADANBgkqhkiG9w0BAQEFAASC${secret}BKcwggSjAgEAAoIBAQC7`;
  const script = [
    `echo "connecting with password=${secret}"`,
    `echo "GET / Authorization: Bearer ${secret}${secret}"`,
    `echo "-----BEGIN PRIVATE KEY-----"; echo "${body}"; echo "-----END PRIVATE KEY-----"`,
    'sleep 3600',
  ].join('; ');
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'leaky',
      annotations: { note: JSON.stringify({ nested: JSON.stringify({ apiKey: secret }) }) },
    },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'app',
          image: 'lab/busybox:1',
          imagePullPolicy: 'Never',
          command: ['sh', '-c', script],
          args: ['--db-password', secret],
          env: [
            { name: 'DB_PASSWORD', value: secret },
            { name: 'DB_URL', value: `postgres://shop:${secret}@db.shop:5432/shop` },
          ],
        },
      ],
    },
  };
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'leaky' },
    data: { 'app.yaml': `password: ${secret}\n` },
    binaryData: { blob: Buffer.from(`token=${secret}`).toString('base64') },
  };
  await kube.apply([pod, map], { namespace });
  await kube.waitFor({ kind: 'Pod', namespace, name: 'leaky' }, (one) => hasCondition(one, 'Ready'), {
    timeout: 60_000,
  });
  const file = join(dir, 'leaky.tar.gz');
  const { stdout, stderr } = await cli(['capture', '-n', namespace, '-o', file, '--json']);
  const counts = fired(stdout);
  for (const rule of [
    'private-keys',
    'base64-text',
    'authorization',
    'url-passwords',
    'named-values',
    'flag-values',
    'keyed-values',
  ]) {
    expect([rule, (counts[rule] ?? 0) > 0]).toEqual([rule, true]);
  }
  expect(eventsOf(stderr)).toContain('ended');
  const told = await cli(['capture', '-n', namespace, '-o', join(dir, 'told.tar.gz')]);
  expect(told.stderr).toMatch(/^Redacted: \d+ values by \d+ rules \(.*\bnamed-values [1-9]/m);
  const packed = readFileSync(file);
  const bytes = gunzipSync(packed);
  for (const form of [secret, Buffer.from(`token=${secret}`).toString('base64')]) {
    expect([bytes.includes(form), packed.includes(form)]).toEqual([false, false]);
  }
  // What decides cases is there: addresses of databases, names, lines and their times.
  const { bodies } = await contentOf(file);
  const log = bodies.get(`logs/${namespace}/leaky/app.log`) ?? '';
  expect(log.trimEnd().split('\n')).toHaveLength(5);
  for (const line of log.trimEnd().split('\n')) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z /);
  expect(bytes.includes('@db.shop:5432/shop')).toBe(true);
});

test('a strict bundle has no name and no address of what broke, and the same verdict', async ({
  kube,
  namespace,
  dir,
  cli,
  diagnose,
}) => {
  await applyServer(kube, namespace, { name: 'ledger-books', labels: { app: 'ledger-books-v1' } });
  const invoicing = deployment({
    name: 'invoicing',
    namespace,
    replicas: 1,
    labels: { app: 'invoicing' },
    container: {
      name: 'invoicing',
      image: 'lab/busybox:1',
      imagePullPolicy: 'Never',
      command: [
        'sh',
        '-c',
        `while true; do nc -w 1 ledger-books.${namespace}.svc.cluster.local 80 </dev/null || echo "dial tcp: lookup ledger-books: connect: connection refused"; sleep 1; done`,
      ],
      env: [{ name: 'LEDGER_URL', value: `http://ledger-books.${namespace}:80` }],
    },
  });
  await kube.apply(invoicing);
  await rolledOut(kube, namespace, 'invoicing');
  await relabelPods(kube, namespace, 'ledger-books', { app: 'ledger-books-v2' });
  const pods = await kube.list({ kind: 'Pod', namespace });
  const service = await kube.get({ kind: 'Service', namespace, name: 'ledger-books' });
  const client = pods.find((pod) => text(pod, 'metadata.name').startsWith('invoicing'));
  // Both captures see a log that says it often enough.
  await until('the client to fail a while', 60_000, async () => {
    const log = await kube.logs(namespace, text(client, 'metadata.name'));
    return (log.match(/refused/g) ?? []).length >= 10;
  });

  const open = join(dir, 'open.tar.gz');
  const strict = join(dir, 'strict.tar.gz');
  await cli(['capture', '-n', namespace, '-o', open, '--quiet']);
  const { stderr } = await cli(['capture', '-n', namespace, '-o', strict, '--redact', 'strict']);
  expect(stderr).toContain('Names and addresses are pseudonyms');
  expect(stderr).toMatch(
    /Redacted: \d+ values by \d+ rules \(.*pseudonym-words \d+, pseudonym-addresses \d+/,
  );

  const packed = readFileSync(strict);
  const bytes = gunzipSync(packed).toString('latin1');
  const own = [
    'ledger',
    'invoicing',
    text(service, 'spec.clusterIP'),
    ...pods.flatMap((pod) => [text(pod, 'metadata.name'), text(pod, 'status.podIP')]),
  ];
  // A pod of the rollout before may still be about to end.
  expect(own.length).toBeGreaterThanOrEqual(2 + 1 + 3 * 2);
  for (const name of own) expect([name, bytes.toLowerCase().includes(name)]).toEqual([name, false]);

  const verdicts = await Promise.all([open, strict].map(async (file) => (await diagnose(file)).verdict));
  const [plain, named] = verdicts.map(({ roots, findings, errors }) => ({
    roots: roots.map((key) => key.split(':')[0]),
    errors,
    findings: findings
      .map(({ check, severity, confidence, since }) =>
        [check, severity, confidence, since.basis, since.to].join(' '),
      )
      .toSorted(),
  }));
  expect(plain?.roots).toEqual(['service/selector-mismatch']);
  expect(named).toEqual(plain);
});
