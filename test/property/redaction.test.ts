import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/bundle/redaction/redactor.ts';
import { json, pagedList, startFakeApiServer, status, text } from '../support/fake-api-server.ts';
import { fakeCapture } from '../support/fake-capture.ts';
import { healthyAnswers } from '../support/healthy-server.ts';
import { formsOf, nestings, type Planted, secretTexts } from '../support/planted-secrets.ts';

/** Where each line has a time before it, nothing tells that its value goes on in the next word (docs/capture.md). */
const NOT_IN_LOGS = new Set(['words in an env file']);
const CLASSIC = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Every place where the API lets a free string stand, with one text in each; they are handed out in turn. A log gets
 * those whose kind it can hold.
 */
function answersWith(next: (place?: 'log') => string) {
  const pod = {
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      annotations: { note: next(), [CLASSIC]: next() },
    },
    spec: {
      nodeName: 'node-1',
      containers: [
        {
          name: 'app',
          image: 'web:1',
          args: ['serve', next()],
          command: ['sh', '-c', next()],
          env: [{ name: 'SETTINGS', value: next() }],
          livenessProbe: { exec: { command: [next()] } },
          readinessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'x-note', value: next() }] } },
        },
      ],
    },
    status: {
      phase: 'Running',
      message: next(),
      conditions: [{ type: 'Ready', status: 'False', message: next() }],
      containerStatuses: [
        {
          name: 'app',
          restartCount: 0,
          state: { running: {} },
          lastState: { terminated: { message: next() } },
        },
      ],
    },
  };
  const event = { metadata: { namespace: 'shop', name: 'e1' }, message: next(), note: next() };
  const thing = {
    metadata: { name: 't' },
    spec: { deep: [{ free: next() }], list: [next()] },
    status: { text: next() },
  };
  const map = {
    metadata: { name: 'm', namespace: 'shop' },
    data: { 'app.properties': next(), 'config.yaml': next() },
    binaryData: { blob: Buffer.from(next()).toString('base64') },
  };
  const log = next('log')
    .split('\n')
    .map((line, n) => `2026-01-01T00:00:00.00000000${n % 10}Z ${line}\n`);
  const maps = {
    metadata: { name: '' },
    versions: [
      {
        version: 'v1',
        resources: ['pods/Pod', 'services/Service', 'configmaps/ConfigMap', 'endpoints/Endpoints'].map(
          (one) => {
            const [resource = '', kind = ''] = one.split('/');
            return { resource, responseKind: { kind }, scope: 'Namespaced', verbs: ['list'] };
          },
        ),
      },
    ],
  };
  return {
    ...healthyAnswers(),
    '/api': json({ kind: 'APIGroupDiscoveryList', items: [maps] }),
    '/readyz': text(next()),
    '/api/v1/pods': pagedList('PodList', [pod]),
    '/api/v1/events': pagedList('EventList', [event]),
    '/api/v1/configmaps': pagedList('ConfigMapList', [map]),
    '/api/v1/nodes': pagedList('NodeList', [{ metadata: { name: 'node-1', annotations: { note: next() } } }]),
    // The words of a refusal become a gap.
    '/api/v1/endpoints': status(403, next()),
    '/apis/example.com/v1/things': pagedList('ThingList', [thing]),
    '/api/v1/namespaces/shop/pods/web-1/log': text(log.join('')),
    '/api/v1/nodes/node-1/proxy/pods': json({ kind: 'PodList', items: [pod] }),
    '/api/v1/nodes/node-1/proxy/configz': json({ note: next() }),
    '/api/v1/nodes/node-1/proxy/healthz': text(next()),
  };
}

/** What of the secrets the bytes still hold. */
function leaks(planted: readonly Planted[], bytes: Buffer): string[] {
  return planted.flatMap(({ kind, text: around, secrets }) =>
    secrets
      .filter((secret) => formsOf(secret).some((form) => bytes.includes(form)))
      .map((secret) => `${kind}: ${secret} of ${around}`),
  );
}

describe('a whole capture', () => {
  it('holds none of the secrets that were planted everywhere, compressed or not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inquest-planted-'));
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(secretTexts, fc.nat(nestings.length - 1)), { minLength: 28, maxLength: 28 }),
          async (plants) => {
            let at = 0;
            const next = (place?: 'log'): string => {
              const [planted, nesting = 0] = plants[at++ % plants.length] ?? [];
              if (planted === undefined) return '';
              const wrapped = nestings[nesting]?.wrap(planted) ?? planted.text;
              // On one line of a log, as a program that logs JSON writes it.
              const torn = place === 'log' && NOT_IN_LOGS.has(planted.kind) && wrapped === planted.text;
              return torn ? JSON.stringify({ note: planted.text }) : wrapped;
            };
            const server = await startFakeApiServer(answersWith(next));
            const { file, redactions } = await fakeCapture(server.url, folder, { timeoutMs: 5000 });
            await server.close();
            const packed = readFileSync(file);
            const planted = plants.map(([one]) => one);
            expect(leaks(planted, gunzipSync(packed))).toEqual([]);
            expect(leaks(planted, packed)).toEqual([]);
            expect(Object.values(redactions).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
            rmSync(file);
          },
        ),
        { numRuns: 12, endOnFailure: true },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('the redactor', () => {
  it('leaves no planted secret in a string of an object, which stays JSON', () => {
    fc.assert(
      fc.property(secretTexts, fc.nat(nestings.length - 1), (planted, nesting) => {
        const wrapped = nestings[nesting]?.wrap(planted) ?? planted.text;
        const redactor = createRedactor();
        const object = { metadata: { name: 'x', annotations: { a: wrapped } }, spec: { n: 1 } };
        const out = redactor.object('things', Buffer.from(JSON.stringify(object)));
        expect(leaks([planted], out)).toEqual([]);
        expect(JSON.parse(out.toString())).toMatchObject({ metadata: { name: 'x' }, spec: { n: 1 } });
      }),
      { numRuns: 3000 },
    );
  }, 60_000);

  it('leaves no planted secret in a log, which keeps its lines and their times', () => {
    fc.assert(
      fc.property(
        fc.array(
          secretTexts.filter(({ kind }) => !NOT_IN_LOGS.has(kind)),
          { minLength: 1, maxLength: 6 },
        ),
        (planted) => {
          const lines = planted.flatMap(({ text: one }) => one.trimEnd().split('\n'));
          const log = lines.map(
            (line, n) => `2026-01-01T00:00:${String(n % 60).padStart(2, '0')}.000000000Z ${line}`,
          );
          const out = createRedactor().text({ evidence: 'log' }, Buffer.from(`${log.join('\n')}\n`));
          expect(leaks(planted, out)).toEqual([]);
          expect(
            out
              .toString()
              .split('\n')
              .map((line) => line.slice(0, 30)),
          ).toEqual([...log, ''].map((line) => line.slice(0, 30)));
        },
      ),
      { numRuns: 1500 },
    );
  }, 60_000);
});
