import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/selector-mismatch.ts';
import noEndpoints from '../../../../analyze/checks/service/no-endpoints.ts';
import { judge } from '../../../../analyze/judge.ts';
import { storeFrom, type KubeObject } from '../../../support/evidence.ts';
import { ingress, job, pod, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const terminated = { exitCode: 0, reason: 'Completed', finishedAt: '2026-05-01T14:10:00Z' };
const done = pod('pay', {
  labels: PAY,
  phase: 'Succeeded',
  ready: false,
  container: { state: { terminated } },
});
const empty = slice('pay', [], { generation: 3 });
const objects = [service('pay', PAY), empty, done];

describe('a Service of bare pods that have ended', () => {
  it('says so, and since when', () => {
    const finding = theFinding(check, objects);
    expect(finding).toMatchObject({
      key: 'service/selector-mismatch:Service/shop/pay#ended',
      severity: 'warning',
      since: { from: '2026-05-01T14:10:00Z', basis: 'observed' },
    });
    expect(finding.summary).toContain('is a pod that has ended (pay: Completed, exit code 0)');
  });

  it('is critical where an edge leads to it, and explains its empty endpoints', () => {
    const all = [...objects, ingress('web', 'pay')];
    expect(theFinding(check, all).severity).toBe('critical');
    const store = storeFrom({ objects: all });
    const verdict = judge(store, [check, noEndpoints]);
    store.close();
    expect(verdict.roots).toEqual(['service/selector-mismatch:Service/shop/pay#ended']);
    const consequence = verdict.findings.find((one) => one.check === noEndpoints.id);
    expect(consequence?.causes).toEqual(verdict.roots);
  });

  it.each<[string, KubeObject[]]>([
    ['another that runs', [...objects, pod('pay-b', { labels: PAY })]],
    ['pods of Jobs, which are meant to end', [service('pay', PAY), empty, job('pay', PAY)]],
    ['a workload that makes others', [...objects, workload('pay', { pods: PAY })]],
    ['a Service that never had any, and that nobody names', [service('pay', PAY), slice('pay', []), done]],
  ])('is quiet on %s', (_, given) => {
    expect(findings(check, given)).toEqual([]);
  });

  it('is unknown where Deployments may not be listed', () => {
    const verdict = verdictOf(check, { objects, lists: { 'apps/deployments': 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});

describe('a Service of pods of a Job', () => {
  const of = (condition: string | undefined): KubeObject[] => [
    service('pay', PAY),
    empty,
    {
      ...job('pay', PAY),
      status: condition === undefined ? {} : { conditions: [{ type: condition, status: 'True' }] },
    },
    pod('pay-x', {
      labels: PAY,
      owner: ['Job', 'pay'],
      phase: 'Succeeded',
      ready: false,
      container: { state: { terminated } },
    }),
    workload('cart', {
      kind: 'StatefulSet',
      pods: { app: 'cart' },
      containers: [{ name: 'app', env: [{ name: 'PAY_URL', value: 'http://pay:80' }] }],
    }),
    pod('cart-0', { labels: { app: 'cart' }, owner: ['StatefulSet', 'cart'] }),
  ];
  const saying = (line: string): object => ({
    logs: [{ namespace: 'shop', pod: 'cart-0', container: 'app', text: `2026-05-01T14:29:50Z ${line}\n` }],
  });
  const refused = saying('ERROR cannot connect to pay:80: connection refused');

  it('that is complete is told where a client says now that it fails', () => {
    const finding = theFinding(check, of('Complete'), refused);
    expect(finding).toMatchObject({
      key: 'service/selector-mismatch:Service/shop/pay#ended',
      severity: 'critical',
    });
    expect(finding.detail).toContain('a Job that is done makes no other');
    expect(theFinding(noEndpoints, of('Complete'), refused).object?.name).toBe('pay');
  });

  it.each<[string, KubeObject[], object]>([
    ['that nobody misses', of('Complete'), saying('all is well')],
    ['that fails, which is told by itself', of('Failed'), refused],
    ['that goes on', of(undefined), refused],
  ])('is quiet on one %s', (_, given, more) => {
    expect(findings(check, given, more)).toEqual([]);
    expect(findings(noEndpoints, given, more)).toEqual([]);
  });
});
