/** Who refused an object, in the words of admission plugins of several versions and distributions. */
import { describe, expect, it } from 'vitest';
import { calledService, refuserOf, type Refuser } from '../../../analyze/facts/platform/admission-words.ts';

describe('who refused', () => {
  it.each<[Refuser['by'], string, string]>([
    [
      'quota',
      'team',
      'pods "a-" is forbidden: exceeded quota: team, requested: pods=1, used: pods=9, limited: pods=9',
    ],
    [
      'quota',
      'team',
      'pods "a-" is forbidden: failed quota: team: must specify limits.cpu for: app; limits.memory for: app',
    ],
    ['quota', 'team', 'pods "a-" is forbidden: status unknown for quota: team, resources: pods'],
    [
      'limit-range',
      '',
      'pods "a-" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    ],
    [
      'limit-range',
      '',
      'pods "a-" is forbidden: minimum memory usage per Container is 64Mi, but request is 8Mi',
    ],
    [
      'limit-range',
      '',
      'pods "a-" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
    ],
    [
      'pod-security',
      'restricted:latest',
      'pods "a-" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
    ],
    [
      'security-context',
      '',
      'pods "a-" is forbidden: unable to validate against any security context constraint: [fsGroup: Invalid value: []int64{185}: 185 is not an allowed group]',
    ],
    [
      'namespace',
      'shop',
      'pods "a-" is forbidden: unable to create new content in namespace shop because it is being terminated',
    ],
    [
      'webhook',
      'validate.example.com',
      'Internal error occurred: failed calling webhook "validate.example.com": failed to call webhook: Post "https://hook.ops.svc:443/validate?timeout=10s": dial tcp 10.96.4.4:443: connect: connection refused',
    ],
    [
      'webhook',
      'validate.example.com',
      'Internal error occurred: failed calling webhook "validate.example.com": failed to call webhook: Post "https://hook.ops.svc:443/validate?timeout=10s": service "hook" not found',
    ],
    [
      'webhook',
      'validate.example.com',
      'Internal error occurred: failed calling webhook "validate.example.com": failed to call webhook: Post "https://hook.ops.svc:443/validate?timeout=10s": no endpoints available for service "hook"',
    ],
    [
      'webhook-denial',
      'validation.gatekeeper.sh',
      'admission webhook "validation.gatekeeper.sh" denied the request: [must-have-owner] you must provide labels: {"owner"}',
    ],
    [
      'webhook-denial',
      'validate.kyverno.svc-fail',
      'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/shop/a was blocked due to the following policies',
    ],
    [
      'policy',
      'replicas.example.com',
      "pods \"a-\" is forbidden: ValidatingAdmissionPolicy 'replicas.example.com' with binding 'shop' denied request: failed expression: object.spec.replicas <= 5",
    ],
    [
      'service-account',
      'payer',
      'pods "a-" is forbidden: error looking up service account shop/payer: serviceaccount "payer" not found',
    ],
    ['priority-class', 'urgent', 'pods "a-" is forbidden: no PriorityClass with name urgent was found'],
    ['runtime-class', 'gvisor', 'pods "a-" is forbidden: pod rejected: RuntimeClass "gvisor" not found'],
    ['other', '', 'Pod "a-" is invalid: spec.containers[0].image: Required value'],
    ['other', '', 'etcdserver: request timed out'],
  ])('%s %s: %s', (by, name, message) => {
    expect(refuserOf(message)).toMatchObject({ by, name });
  });
});

it('says where a webhook was called', () => {
  const at = { name: 'hook', namespace: 'ops' };
  expect(calledService('Post "https://hook.ops.svc:443/validate?timeout=10s": EOF')).toEqual({
    ...at,
    port: 443,
  });
  expect(calledService('Post "https://hook.ops.svc:9443/validate": EOF')).toEqual({ ...at, port: 9443 });
  expect(calledService('Post "https://hook.example.com/validate": EOF')).toBeUndefined();
});
