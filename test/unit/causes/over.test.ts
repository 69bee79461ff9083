/** What was broken and was mended before the capture is said to be over, and never to be a root; a rollout is neither. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { verdictOf } from '../../support/judged.ts';
import {
  endpoint,
  event,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
  write,
} from '../../support/kube-objects.ts';

const WEB = { app: 'web' };
const behind = [
  service('web', WEB),
  slice('web', [endpoint('web-a')], { generation: 4 }),
  workload('web', { pods: WEB }),
  replicaSet('web', 1, WEB, '12:00:00', 1),
];
const owner = ['ReplicaSet', 'web-1'] as const;

describe('over', () => {
  it('is what a Service failed a client in, which was mended when the client fell silent', () => {
    const refused = (clock: string): string =>
      `${on(clock)} ERROR dial tcp web:80: connect: connection refused\n`;
    const text = ['14:29:30', '14:29:33', '14:29:36', '14:29:39', '14:29:42'].map(refused).join('');
    const given = (written: string, created = '12:00:00'): Verdict =>
      verdictOf({
        objects: [
          service('web', WEB),
          slice('web', [endpoint('web-a')], {
            generation: 4,
            managedFields: [write('kube-controller-manager', written, 'endpoints')],
          }),
          ...behind.slice(2),
          pod('web-a', { labels: WEB, owner }),
          workload('cart', { pods: { app: 'cart' } }),
          replicaSet('cart', 1, { app: 'cart' }, created, 1),
          pod('cart-a', { labels: { app: 'cart' }, owner: ['ReplicaSet', 'cart-1'], created }),
        ],
        logs: [
          { namespace: 'shop', pod: 'cart-a', container: 'app', text: `${text}${on('14:29:45')} INFO ok\n` },
        ],
      });
    const { roots, unexplained, over } = given('14:29:43');
    expect([roots, unexplained]).toEqual([[], []]);
    expect(over.map(({ summary, from, to }) => [summary, from, to])).toEqual([
      [
        'Deployment shop/cart could not use web:80 until 2026-05-01T14:29:42Z; its Service serves again',
        on('14:29:30'),
        on('14:29:42'),
      ],
    ]);
    // Part of its start, and nothing that was mended.
    expect(given('14:29:43', '14:29:20').over).toEqual([]);
    expect(given('14:00:00').over).toEqual([]);
  });

  it('is a Service whose pods became Ready lately, long after their start', () => {
    const turned = (since: string, created = '12:00:00'): Verdict =>
      verdictOf({ objects: [...behind, pod('web-a', { labels: WEB, owner, since, created })] });
    const { roots, findings, over } = turned('14:20:00');
    expect([roots, findings]).toEqual([[], []]);
    expect(over.map(({ summary, to, basis }) => [summary, to, basis])).toEqual([
      ['Service shop/web had no Ready pod until 2026-05-01T14:20:00Z', on('14:20:00'), 'inferred'],
    ]);
    expect(turned('13:20:00').over).toEqual([]);
    expect(turned('14:20:10', '14:20:00').over).toEqual([]);
  });

  it('is not, while one pod has been Ready all along', () => {
    const { over } = verdictOf({
      objects: [
        ...behind,
        pod('web-a', { labels: WEB, owner, since: '14:20:00' }),
        pod('web-b', { labels: WEB, owner }),
      ],
    });
    expect(over).toEqual([]);
  });

  it('is what a watch saw emptied and filled again', () => {
    const change = (clock: string, endpoints: readonly object[]) => ({
      at: on(clock),
      type: 'MODIFIED' as const,
      object: slice('web', endpoints as never),
    });
    const { over } = verdictOf({
      objects: [...behind, pod('web-a', { labels: WEB, owner })],
      changes: [
        change('14:30:02', [endpoint('web-a')]),
        change('14:30:05', [endpoint('web-a', { ready: false })]),
        change('14:30:09', [endpoint('web-a')]),
      ],
    });
    expect(over.map(({ from, to, basis }) => [from, to, basis])).toEqual([
      [on('14:30:05'), on('14:30:09'), 'observed'],
    ]);
  });

  it('is a container that kept dying and runs', () => {
    const container = {
      restartCount: 6,
      state: { running: { startedAt: on('14:12:00') } },
      lastState: {
        terminated: { exitCode: 1, reason: 'Error', startedAt: on('14:06:00'), finishedAt: on('14:06:30') },
      },
    };
    const { roots, findings, over } = verdictOf({
      objects: [
        ...behind,
        pod('web-a', { labels: WEB, owner, container, since: '14:12:01' }),
        event('Pod', 'web-a', 'BackOff', 'Back-off restarting failed container app', '13:58:00', {
          last: '14:11:00',
        }),
      ],
    });
    expect([roots, findings.filter(({ role }) => role !== 'advice')]).toEqual([[], []]);
    expect(over.map(({ object, from, to }) => [object.kind, from, to])).toEqual([
      ['Deployment', on('13:58:00'), on('14:12:00')],
    ]);
  });

  it('is nothing that is still broken', () => {
    const { over, unexplained } = verdictOf({
      objects: [
        ...behind.filter((_, index) => index !== 1),
        slice('web', []),
        pod('web-a', { labels: WEB, owner, ready: false, since: '14:20:00' }),
      ],
    });
    expect(unexplained).not.toEqual([]);
    expect(over).toEqual([]);
  });
});
