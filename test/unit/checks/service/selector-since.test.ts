/** Since when a selector has missed the pods, and in what words. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/selector-mismatch.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { on, pod, replicaSet, service, slice, workload } from '../../../support/kube-objects.ts';
import { theFinding } from '../judging.ts';

/** The slice of Service pay, from which the last endpoint went at this time. */
const emptied = (gone?: string): KubeObject => {
  const made = slice('pay', [], { generation: 4 });
  const annotations =
    gone === undefined ? {} : { 'endpoints.kubernetes.io/last-change-trigger-time': on(gone) };
  return { ...made, metadata: { ...(made['metadata'] as object), annotations } };
};

/** A Deployment pay and its pod, both made then. */
const made = (labels: Readonly<Record<string, string>>, clock: string): KubeObject[] => [
  workload('pay', { pods: labels, created: clock }),
  replicaSet('pay', 1, labels, clock, 1),
  pod('pay-a', { labels, owner: ['ReplicaSet', 'pay-1'], created: clock }),
];

describe('a workload that was deleted and made anew under other labels', () => {
  const anew = (gone: string): KubeObject[] => [
    service('pay', { app: 'pay', version: 'v1' }),
    emptied(gone),
    ...made({ app: 'pay', version: 'v2' }, '14:20:10'),
  ];

  it('leaves the Service empty from the end of the pods of before on', () => {
    expect(theFinding(check, anew('14:20:05')).since).toMatchObject({
      from: on('14:20:05'),
      to: on('14:20:10'),
      basis: 'inferred',
    });
  });

  it('is as old as it is where the Service was emptied later', () => {
    expect(theFinding(check, anew('14:25:00')).since).toMatchObject({
      from: on('14:20:10'),
      to: on('14:20:10'),
    });
  });
});

it.each([
  [{ color: 'green' }, { color: 'blue' }, 'another variant'],
  [{ version: 'v1' }, { version: 'v2' }, 'an old version suffix'],
  [{ version: 'v10' }, { version: 'v9' }, 'another version suffix'],
])('calls %j before pods with %j %s', (wanted, found, words) => {
  const objects = [
    service('pay', { app: 'pay', ...wanted }),
    emptied(),
    ...made({ app: 'pay', ...found }, '12:00:00'),
  ];
  expect(theFinding(check, objects).summary).toContain(`(${words})`);
});
