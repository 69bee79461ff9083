import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/admission.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, replicaSet, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const owners = [workload('pay', { pods: PAY }), replicaSet('pay', 1, PAY, '12:00:00', 1)];

function failed(message: string): KubeObject {
  return event('ReplicaSet', 'pay-1', 'FailedCreate', `Error creating: ${message}`, '14:20:00', {
    type: 'Warning',
  });
}

describe('fires', () => {
  it.each([
    [
      'pods "pay-1-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
      'breaks the Pod Security level "restricted:latest" of its namespace',
    ],
    [
      'admission webhook "policy.example.com" denied the request: no latest tag',
      'denied by the admission webhook policy.example.com',
    ],
    [
      "pods \"pay-1-x\" is forbidden: ValidatingAdmissionPolicy 'replicas.example.com' with binding 'shop' denied request: failed expression: has(object.metadata.labels.team)",
      'denied by the admission policy replicas.example.com',
    ],
    [
      'pods "pay-1-" is forbidden: unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user or serviceaccount, provider restricted-v2: .containers[0].runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999]]',
      'fits none of the SecurityContextConstraints that its ServiceAccount may use',
    ],
    [
      'pods "pay-1-" is forbidden: unable to create new content in namespace shop because it is being terminated',
      'belongs to namespace shop, which is being deleted',
    ],
    [
      "policy 'sidecar' with binding 'all' denied request: expression has no value",
      'denied by the admission policy sidecar',
    ],
    [
      'pods "pay-1-x" is forbidden: no PriorityClass with name urgent was found',
      'names the PriorityClass urgent, which does not exist',
    ],
    [
      'pods "pay-1-x" is forbidden: pod rejected: RuntimeClass "gvisor" not found',
      'names the RuntimeClass gvisor, which does not exist',
    ],
    [
      'pods "pay-1-" is forbidden: error looking up service account shop/payer: serviceaccount "payer" not found',
      'names the ServiceAccount payer, which does not exist',
    ],
  ])('on %s', (message, summary) => {
    const finding = theFinding(check, [...owners, failed(message)]);
    expect(finding.key).toBe('platform/admission:Deployment/shop/pay');
    expect(finding.summary).toContain(summary);
  });

  it('with the command that makes the account', () => {
    const message =
      'pods "pay-1-" is forbidden: error looking up service account shop/payer: serviceaccount "payer" not found';
    expect(theFinding(check, [...owners, failed(message)]).remedy.mend).toEqual([
      'kubectl -n shop create serviceaccount payer',
    ]);
  });
});

describe('quiet', () => {
  it.each([
    'pods "pay-1-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=1, limited: pods=1',
    'Internal error occurred: failed calling webhook "a.b": failed to call webhook: Post "https://x.y.svc:443/": EOF',
    'etcdserver: request timed out',
  ])('on %s', (message) => {
    expect(findings(check, [...owners, failed(message)])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, {
      objects: [...owners, failed('violates PodSecurity "baseline:latest": x')],
      lists: { pods: 'forbidden' },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]?.because).toBe('list:pods');
  });
});
