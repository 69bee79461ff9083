/**
 * `npx node test/bench/redaction.ts`: megabytes a second that the redactor takes on one core, on objects as API servers
 * write them and on logs, in time its thread had a core: others on the machine do not count. Prints; tests nothing.
 */
import { createRedactor } from '../../src/bundle/redaction/redactor.ts';

const ROUNDS = 5;

function pod(n: number): Buffer {
  const env = Array.from({ length: 8 }, (_, at) => ({
    name: `SETTING_${at}`,
    value: `http://svc-${at}.shop.svc:80`,
  }));
  return Buffer.from(
    JSON.stringify({
      metadata: {
        name: `web-5d8c7f9b6-${n.toString(36)}`,
        namespace: 'shop',
        uid: `f81d4fae-7dec-11d0-a765-${String(n).padStart(12, '0')}`,
        labels: { app: 'web', 'pod-template-hash': '5d8c7f9b6' },
        managedFields: [
          {
            manager: 'kubelet',
            operation: 'Update',
            fieldsV1: {
              'f:status': Object.fromEntries(
                env.map((one) => [`k:{"type":"${one.name}"}`, { '.': {}, 'f:status': {}, 'f:type': {} }]),
              ),
            },
          },
        ],
      },
      spec: {
        volumes: [
          {
            name: 'kube-api-access',
            projected: {
              sources: [
                { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
                { configMap: { name: 'kube-root-ca.crt' } },
              ],
            },
          },
        ],
        containers: [
          {
            name: 'app',
            image:
              'registry.example/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
            env: n % 10 === 0 ? [...env, { name: 'DB_PASSWORD', value: 'hunter2' }] : env,
          },
        ],
        tolerations: env.map(({ name }) => ({
          key: name,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        })),
      },
      status: {
        phase: 'Running',
        podIP: '10.244.1.7',
        conditions: env.map(({ name }) => ({
          type: name,
          status: 'True',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        })),
      },
    }),
  );
}

const line = (n: number): string =>
  n % 500 === 0
    ? `2026-01-01T00:00:00.${String(n).padStart(9, '0')}Z INFO connecting password=hunter2 host=db\n`
    : `2026-01-01T00:00:00.${String(n).padStart(9, '0')}Z [INFO] 10.244.1.${n % 250}:40123 - ${n} "A IN payment.shop.svc.cluster.local. udp 54 false 1232" NOERROR qr,aa,rd 106 0.00012s\n`;

const pods = Array.from({ length: 20_000 }, (_, n) => pod(n));
const log = Buffer.from(Array.from({ length: 200_000 }, (_, n) => line(n)).join(''));

function speed(what: string, bytes: number, run: () => void): void {
  const rates = Array.from({ length: ROUNDS }, () => {
    const began = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(began);
    return bytes / (user + system);
  });
  const median = rates.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  process.stdout.write(
    `${what}: ${Math.round(median)} MB/s (${Math.round(bytes / 1e6)} MB, median of ${ROUNDS})\n`,
  );
}

for (const mode of ['default', 'strict'] as const) {
  const redactor = createRedactor({ mode });
  speed(
    `${mode}, objects`,
    pods.reduce((sum, one) => sum + one.length, 0),
    () => {
      for (const one of pods) redactor.object('pods', one);
    },
  );
  speed(`${mode}, logs`, log.length, () => {
    redactor.text({ evidence: 'log' }, log);
  });
}
