import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/not-started.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf, waiting } from './pod-support.ts';

const CONFIG = 'CreateContainerConfigError';
const ROOT =
  'container has runAsNonRoot and image will run as root (pod: "pay-a_shop(54f5064b-0c46-4893-b7b1-a581b1ae7523)", container: app)';
const DIRECTORY =
  'MountVolume.SetUp failed for volume "h" : hostPath type check failed: /opt/data is not a directory';
const failed = (reason: string, message: string, last = '14:29:00'): KubeObject[] => [
  waiting('ContainerCreating', ''),
  event('Pod', 'pay-a', reason, message, '14:20:00', { last, count: 6, type: 'Warning' }),
];

const CREATE = 'Failed to create pod sandbox: rpc error: code = Unknown desc = ';
/** What containerd and runc say, and what of it is told. */
const SANDBOXES: ReadonlyArray<[string, string]> = [
  [
    'failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image: dial tcp 1.2.3.4:443: connect: network is unreachable',
    'its node has no image for sandboxes (registry.k8s.io/pause:3.10)',
  ],
  [
    'failed to get sandbox runtime: no runtime for "kata" is configured',
    'its node does not have the runtime kata that its RuntimeClass names',
  ],
  [
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?)',
    'its memory limit is too small even to start it',
  ],
  [
    'failed to reserve sandbox name "pay-a_shop_x_0": name "pay-a_shop_x_0" is reserved for "abcdef"',
    'does not get a sandbox done in time',
  ],
  [
    'failed to create containerd task: OCI runtime create failed: expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups',
    'the runtime makes no sandbox for it: failed to create containerd task',
  ],
];

describe('fires', () => {
  it.each<[string, KubeObject[], string]>([
    ['an image that runs as root', [waiting(CONFIG, ROOT)], 'which runAsNonRoot forbids'],
    [
      'an image with a user by name',
      [
        waiting(
          CONFIG,
          'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root',
        ),
      ],
      'in letters',
    ],
    ['a runtime that refuses', [waiting('CreateContainerError', 'context deadline exceeded')], 'deadline'],
    [
      'a runtime that could not run it even once',
      [waiting('RunContainerError', 'unable to start container process: exec: "/serve": permission denied')],
      'its command /serve may not be executed',
    ],
    ['a hostPath', failed('FailedMount', DIRECTORY), 'hostPath /opt/data is not a directory on its node'],
    [
      'a volume that another node holds',
      failed(
        'FailedAttachVolume',
        'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) pay-b',
      ),
      'volume pvc-1 is still attached to another node',
    ],
    [
      'a volume of which the last Event is only the sum',
      [
        ...failed('FailedMount', DIRECTORY),
        event(
          'Pod',
          'pay-a',
          'FailedMount',
          'Unable to attach or mount volumes: unmounted volumes=[h], unattached volumes=[]: timed out waiting for the condition',
          '14:22:00',
          { last: '14:30:00', type: 'Warning' },
        ),
      ],
      'hostPath /opt/data is not a directory on its node',
    ],
    [
      'a share that is not there',
      failed('FailedMount', 'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32'),
      'volume nfs fails: mount failed: exit status 32',
    ],
    ...SANDBOXES.map(([message, said]): [string, KubeObject[], string] => [
      `a sandbox: ${said}`,
      failed('FailedCreatePodSandBox', `${CREATE}${message}`),
      said,
    ]),
  ])('on %s', (_, objects, said) => {
    const finding = theFinding(check, [...owners, ...objects]);
    expect(finding).toMatchObject({ key: 'pod/not-started:Deployment/shop/pay', role: 'cause' });
    expect(finding.summary).toContain(said);
    expect(finding.evidence.length).toBeGreaterThan(0);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['containers that run', [podOf()]],
    ['configuration that is not there', [waiting(CONFIG, 'configmap "settings" not found')]],
    [
      'a Secret that is not mounted',
      failed('FailedMount', 'MountVolume.SetUp failed for volume "s" : secret "x" not found'),
    ],
    [
      'a Secret that is not mounted, though the last Event is only the sum',
      [
        ...failed('FailedMount', 'MountVolume.SetUp failed for volume "s" : secret "x" not found'),
        event(
          'Pod',
          'pay-a',
          'FailedMount',
          'Unable to attach or mount volumes: unmounted volumes=[s], unattached volumes=[]: timed out waiting for the condition',
          '14:22:00',
          { last: '14:30:00', type: 'Warning' },
        ),
      ],
    ],
    [
      'a program that cannot be started again and again',
      [
        podOf({
          ready: false,
          container: {
            restartCount: 3,
            state: { waiting: { reason: 'RunContainerError', message: 'exec: "/serve": permission denied' } },
            lastState: { terminated: { exitCode: 128, reason: 'StartError', finishedAt: on('14:29:50') } },
          },
        }),
      ],
    ],
    ['an image that is pulled', [waiting('ImagePullBackOff', 'Back-off pulling image')]],
    [
      'a sandbox without network, which is platform/cni',
      failed(
        'FailedCreatePodSandBox',
        `${CREATE}failed to setup network for sandbox "ab12": plugin type="loopback" failed (add): failed to find plugin "loopback" in path [/opt/cni/bin]`,
      ),
    ],
    [
      'a mount that failed while the pod was new, before an init container ran',
      [
        podOf({
          phase: 'Pending',
          ready: false,
          container: { state: { waiting: { reason: 'PodInitializing' } }, started: false },
          initContainers: [
            {
              name: 'wait',
              ready: false,
              restartCount: 0,
              state: { running: { startedAt: on('14:20:00') } },
            },
          ],
          spec: {
            initContainers: [{ name: 'wait', image: 'app:1' }],
            containers: [{ name: 'app', image: 'app:1' }],
          },
        }),
        event('Pod', 'pay-a', 'FailedMount', DIRECTORY, '14:28:00', { type: 'Warning' }),
      ],
    ],
    ['a mount that failed long ago', failed('FailedMount', DIRECTORY, '14:21:00')],
    [
      'a pod that was only just placed',
      [
        waiting('ContainerCreating', '', { created: '14:30:00' }),
        event('Pod', 'pay-a', 'FailedMount', DIRECTORY, '14:30:03', { type: 'Warning' }),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, [...owners, ...objects])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [waiting(CONFIG, ROOT)], lists: { pods: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
