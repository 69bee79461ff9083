/** A program that accepts nobody passes its tcpSocket probe all the same, for the kernel answers: what hangs is not its probe. */
import { expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/probe-misconfigured.ts';
import { event } from '../../../support/kube-objects.ts';
import { looks } from '../../../support/looks.ts';
import { findings } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

it('is told as a probe that hangs, unless the same connections wait in both looks', () => {
  const app = {
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
    livenessProbe: { tcpSocket: { port: 8080 } },
  };
  const said =
    'Readiness probe failed: Get "http://10.244.0.9:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  const objects = [
    ...owners,
    podOf({ ready: false, app }),
    event('Pod', 'pay-a', 'Unhealthy', said, '14:00:00', { last: '14:30:00', count: 180 }),
  ];
  const from = ['10.1.0.1:1'];
  expect(findings(check, objects)).toHaveLength(1);
  const twice = looks({ clock: '14:30:00', from }, { clock: '14:30:03', from });
  expect(findings(check, objects, twice)).toEqual([]);
});
