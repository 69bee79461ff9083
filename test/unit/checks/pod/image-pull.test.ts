import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/image-pull.ts';
import { pullFailure } from '../../../../analyze/facts/pods/pull-failures.ts';
import { event } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf, waiting } from './pod-support.ts';

describe('fires', () => {
  it.each<[ReturnType<typeof pullFailure>['kind'], string, string]>([
    [
      'not-found',
      'ErrImagePull',
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/app:9": failed to resolve reference "docker.io/library/app:9": docker.io/library/app:9: not found',
    ],
    [
      'denied',
      'ErrImagePull',
      'failed to resolve reference "docker.io/a/b:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ],
    [
      'denied',
      'ImagePullBackOff',
      'unexpected status from HEAD request to https://r.example/v2/a/manifests/1: 401 Unauthorized',
    ],
    [
      'dns',
      'ErrImagePull',
      'failed to do request: Head "https://r.example/v2/": dial tcp: lookup r.example on 10.0.0.2:53: no such host',
    ],
    [
      'timeout',
      'ErrImagePull',
      'failed to do request: Head "https://r.example/v2/": dial tcp 10.1.1.1:443: i/o timeout',
    ],
    [
      'refused',
      'ErrImagePull',
      'failed to do request: Head "https://r.example/v2/": dial tcp 10.1.1.1:443: connect: connection refused',
    ],
    [
      'tls',
      'ErrImagePull',
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    ['rate-limit', 'ErrImagePull', 'toomanyrequests: You have reached your unauthenticated pull rate limit.'],
    ['platform', 'ErrImagePull', 'no match for platform in manifest: not found'],
    ['never', 'ErrImageNeverPull', 'Container image "app:9" is not present with pull policy of Never'],
    [
      'name',
      'InvalidImageName',
      'Failed to apply default image tag "A:B:C": couldn\'t parse image reference',
    ],
  ])('on %s: %s %s', (kind, reason, message) => {
    const finding = theFinding(check, [...owners, waiting(reason, message)]);
    expect(finding.key).toBe('pod/image-pull:Deployment/shop/pay');
    expect(pullFailure(reason, [message]).kind).toBe(kind);
    expect(finding.summary).toContain(pullFailure(reason, [message]).words);
  });

  it('reads the Event where the container only backs off, and names an absent pull secret', () => {
    const spec = { imagePullSecrets: [{ name: 'regcred' }] };
    const failed = event(
      'Pod',
      'pay-a',
      'Failed',
      'Failed to pull image "app:1": 401 Unauthorized',
      '14:10:00',
    );
    const finding = theFinding(check, [
      ...owners,
      waiting('ImagePullBackOff', 'Back-off pulling image "app:1"', { spec }),
      failed,
    ]);
    expect(finding.summary).toContain('denies access');
    expect(finding.summary).toContain('pull secret regcred is not there');
  });
});

describe('quiet', () => {
  it.each([
    ['a running pod', podOf()],
    ['a pull that takes its time', waiting('ContainerCreating', '')],
    ['a pod that is being deleted', waiting('ImagePullBackOff', '', { deleted: '14:30:00' })],
  ])('on %s', (_, one) => {
    expect(findings(check, [...owners, one])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
