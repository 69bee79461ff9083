/** The UI without a terminal: a bundle of plain objects, judged by the real rules, driven by key names. */
import { judgeStore } from '../../../analyze/judgement.ts';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { prepareReplay } from '../../../analyze/replay/replay.ts';
import type { StoreWriter } from '../../../analyze/store/writer.ts';
import { createController, type Controller } from '../../../analyze/tui/controller.ts';
import type { Opened, SqlResult } from '../../../analyze/tui/screen.ts';
import { createTheme } from '../../../analyze/tui/theme.ts';
import { verdictScreen } from '../../../analyze/tui/views/verdict.ts';
import { parseMoment } from '../../../src/cli/moment.ts';
import { parseTime } from '../../../src/core/time.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';

export interface Ui {
  readonly verdict: Verdict;
  readonly store: StoreWriter;
  readonly controller: Controller;
  /** Presses keys by name: `j`, `enter`, `ctrl+t`. */
  press(...keys: string[]): void;
  /** Types text into a prompt. */
  type(text: string): void;
  rows(): readonly string[];
  text(): string;
  /** The row with the selection's mark. */
  selected(): string;
  /** Waits until background work has put this on the screen. */
  until(what: string | RegExp): Promise<string>;
  readonly copied: string[];
  readonly quits: () => number;
  close(): void;
}

export interface UiOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly color?: boolean;
  /** In place of what the rules make of it. */
  readonly verdict?: (verdict: Verdict) => Verdict;
  readonly query?: (sql: string, signal: AbortSignal) => Promise<SqlResult>;
}

/** Opens the UI on a bundle. */
export function openUi(given: EvidenceGiven, options: UiOptions = {}): Ui {
  const store = storeFrom(given);
  const judged = judgeStore(store, 'test');
  const verdict = options.verdict?.(judged) ?? judged;
  const copied: string[] = [];
  let quits = 0;
  const opened: Opened = {
    source: 'test',
    store,
    verdict,
    replay: (pathKey) => prepareReplay(store, verdict, pathKey),
    moment: (typed, local) => parseMoment(typed, { reference: parseTime(verdict.capturedAt) ?? 0, local }),
    query: options.query ?? (() => Promise.reject(new Error('this test asks no SQL'))),
  };
  const controller = createController(opened, verdictScreen(verdict), {
    theme: createTheme(options.color === true),
    size: { columns: options.columns ?? 100, rows: options.rows ?? 30 },
    copy: (text) => {
      copied.push(text);
      return undefined;
    },
    quit: () => {
      quits += 1;
    },
  });
  const text = (): string => controller.frame().join('\n');
  const press = (...keys: string[]): void => {
    for (const key of keys) controller.key(key);
  };
  return {
    verdict,
    store,
    controller,
    press,
    type: (typed) => press(...Array.from(typed).map((char) => (char === ' ' ? 'space' : char))),
    rows: () => controller.frame(),
    text,
    selected: () => controller.frame().find((row) => row.startsWith('>')) ?? '',
    until: (what) => until(controller, text, what),
    copied,
    quits: () => quits,
    close() {
      controller.close();
      store.close();
    },
  };
}

function until(controller: Controller, text: () => string, what: string | RegExp): Promise<string> {
  const holds = (): boolean => (typeof what === 'string' ? text().includes(what) : what.test(text()));
  if (holds()) return Promise.resolve(text());
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`the screen never showed ${String(what)}; it shows:\n${text()}`));
    }, 10_000);
    const stop = controller.subscribe(() => {
      if (!holds()) return;
      clearTimeout(timer);
      stop();
      resolve(text());
    });
  });
}

type Labels = Readonly<Record<string, string>>;

/** A pod that runs and is ready. */
export function pod(
  name: string,
  labels: Labels,
  more: { namespace?: string; owner?: string } = {},
): Record<string, unknown> {
  const { namespace = 'shop', owner } = more;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `uid-${namespace}-${name}`,
      labels,
      creationTimestamp: '2026-05-01T14:19:03Z',
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'ReplicaSet',
                name: owner,
                uid: `uid-${owner}`,
                controller: true,
              },
            ],
          }),
    },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'app', image: 'shop/app:2', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.7',
      startTime: '2026-05-01T14:19:03Z',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-05-01T14:19:06Z' }],
      containerStatuses: [
        {
          name: 'app',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-05-01T14:19:05Z' } },
        },
      ],
    },
  };
}

/** The rollout that left its Service behind, in as few objects as it takes. */
export function mismatch(): EvidenceGiven {
  const created = '2026-05-01T10:00:00Z';
  const replicaSet = (name: string, version: string, revision: string, replicas: number, at: string) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      creationTimestamp: at,
      labels: { app: `payment-${version}` },
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'payment', uid: 'uid-payment', controller: true },
      ],
    },
    spec: {
      replicas,
      selector: { matchLabels: { team: 'pay' } },
      template: { metadata: { labels: { app: `payment-${version}`, team: 'pay' } } },
    },
    status: { replicas, readyReplicas: replicas },
  });
  return {
    objects: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'payment', namespace: 'shop', uid: 'uid-svc', creationTimestamp: created },
        spec: {
          type: 'ClusterIP',
          clusterIP: '10.96.4.2',
          selector: { app: 'payment-v1' },
          ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
        },
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'payment-x',
          namespace: 'shop',
          labels: { 'kubernetes.io/service-name': 'payment' },
          creationTimestamp: created,
        },
        addressType: 'IPv4',
        endpoints: [],
        ports: [],
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'payment', namespace: 'shop', uid: 'uid-payment', creationTimestamp: created },
        spec: {
          replicas: 2,
          selector: { matchLabels: { team: 'pay' } },
          template: { metadata: { labels: { app: 'payment-v2', team: 'pay' } } },
        },
        status: { readyReplicas: 2 },
      },
      replicaSet('payment-aaa', 'v1', '1', 0, created),
      replicaSet('payment-bbb', 'v2', '2', 2, '2026-05-01T14:19:03Z'),
      pod('payment-bbb-1', { app: 'payment-v2', team: 'pay' }, { owner: 'payment-bbb' }),
      pod('payment-bbb-2', { app: 'payment-v2', team: 'pay' }, { owner: 'payment-bbb' }),
      pod('cart-1', { app: 'cart' }),
      pod('proxy-1', { app: 'proxy' }, { namespace: 'edge' }),
      event(
        'payment.1',
        'Deployment',
        'payment',
        'ScalingReplicaSet',
        'Scaled up replica set payment-bbb from 0 to 2',
        '2026-05-01T14:19:03Z',
      ),
      event('bbb-1.1', 'Pod', 'payment-bbb-1', 'Pulled', 'Container image pulled', '2026-05-01T14:19:04Z'),
    ],
    logs: [
      {
        namespace: 'shop',
        pod: 'cart-1',
        container: 'app',
        text: [
          '2026-05-01T14:18:00.000000000Z INFO started',
          '2026-05-01T14:20:00.000000000Z ERROR payment refused: no healthy upstream',
          '2026-05-01T14:20:01.000000000Z INFO still here',
          '',
        ].join('\n'),
      },
    ],
  };
}

export function event(
  name: string,
  kind: string,
  involved: string,
  reason: string,
  message: string,
  at: string,
): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'shop', creationTimestamp: at },
    involvedObject: {
      kind,
      namespace: 'shop',
      name: involved,
      apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
      uid: `uid-${kind === 'Pod' ? 'shop-' : ''}${involved}`,
    },
    type: 'Normal',
    reason,
    message,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    source: { component: 'test' },
  };
}
