/** What the tests of the pod checks have in common: a Deployment's pod that waits, probes' results, a log. */
import type { ProbeResult } from '../../../../src/bundle/format.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { on, pod, replicaSet, workload } from '../../../support/kube-objects.ts';

export const owners = [
  workload('pay', { pods: { app: 'pay' } }),
  replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1),
];

export function podOf(more: Parameters<typeof pod>[1] = {}): KubeObject {
  return pod('pay-a', { owner: ['ReplicaSet', 'pay-1'], labels: { app: 'pay' }, ...more });
}

/** A pod whose container waits for this reason. */
export function waiting(reason: string, message: string, more: Parameters<typeof pod>[1] = {}): KubeObject {
  const container = { state: { waiting: { reason, message } }, started: false };
  return podOf({ phase: 'Pending', ready: false, container, ...more });
}

export function probed(
  port: number,
  outcome: ProbeResult['outcome'],
  detail: object = {},
  ms = 3,
): ProbeResult {
  return {
    at: on('14:30:05'),
    from: 'apiserver',
    to: `pod/shop/pay-a:${port}`,
    outcome,
    ms,
    detail: { port, ...detail },
  };
}

/** Socket table of pay-a: `127.0.0.1:8080`. */
export function sockets(...listening: string[]): EvidenceGiven['probes'] & object {
  const table = listening.map((socket) => {
    const [address = '', port = ''] = socket.split(/:(?=\d+$)/);
    return { protocol: 'tcp', family: 4, address, port: Number(port) };
  });
  return {
    sockets: [
      {
        at: on('14:30:05'),
        from: 'pod/shop/pay-a',
        to: 'pod/shop/pay-a',
        outcome: 'ok',
        ms: 9,
        detail: { container: 'app', listening: table },
      },
    ],
  };
}

/** What the kubelet counted of the readiness probe of pay-a, at both scrapes: failures and successes. */
export function counted(
  first: readonly [number, number],
  last: readonly [number, number],
  uid = 'shop-pay-a',
): EvidenceGiven['metrics'] & object {
  const text = ([failed, successful]: readonly [number, number]): string =>
    Object.entries({ failed, successful })
      .map(
        ([result, value]) =>
          `prober_probe_total{container="app",namespace="shop",pod="pay-a",pod_uid="${uid}",probe_type="Readiness",result="${result}"} ${value}\n`,
      )
      .join('');
  return (['first', 'last'] as const).map((label) => ({
    namespace: 'x',
    pod: 'y',
    port: 1,
    label,
    text: text(label === 'first' ? first : last),
  }));
}

/** Lines of pay-a, each with its clock. */
export function log(...lines: ReadonlyArray<readonly [string, string]>): EvidenceGiven['logs'] & object {
  const text = lines.map(([clock, said]) => `${on(clock)} ${said}\n`).join('');
  return [{ namespace: 'shop', pod: 'pay-a', container: 'app', text }];
}
