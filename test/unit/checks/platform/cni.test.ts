import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/cni.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, pod } from '../../../support/kube-objects.ts';
import { condition, node } from '../../../support/nodes.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const made = pod('pay-a', { phase: 'Pending', ready: false });
const waiting: KubeObject = { ...made, status: { phase: 'Pending', conditions: [] } };
const failed = event(
  'Pod',
  'pay-a',
  'FailedCreatePodSandBox',
  `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${'ab'.repeat(32)}": no networks found in /etc/cni/net.d`,
  '14:10:00',
  { type: 'Warning', count: 12, last: '14:29:50' },
);

describe('fires', () => {
  it('on a pod that waits for its sandbox, with the reason', () => {
    const finding = theFinding(check, [node('node-1'), waiting, failed]);
    expect(finding).toMatchObject({
      key: 'platform/cni:Node/node-1',
      since: { to: '2026-05-01T14:10:00Z' },
    });
    expect(finding.summary).toBe('Node node-1 gives 1 pod no network: no networks found in /etc/cni/net.d');
    expect(finding.involves.map(({ name }) => name)).toEqual(['pay-a']);
  });

  it.each([
    condition('NetworkUnavailable', 'True', '14:10:00', { message: 'no route created' }),
    condition('Ready', 'False', '14:10:00', {
      message:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    }),
  ])('on a node that says so itself', (said) => {
    expect(theFinding(check, [node('node-1', [said])]).summary).toContain('gives its pods no network');
  });
});

const calico = (given: object = {}): KubeObject =>
  pod('calico-node-x', {
    namespace: 'kube-system',
    owner: ['DaemonSet', 'calico-node'],
    ready: false,
    since: '14:00:00',
    spec: { hostNetwork: true, nodeName: 'node-1' },
    ...given,
  });

describe("the plugin's own pod", () => {
  it.each(['calico-node', 'cilium', 'aws-node', 'kube-flannel-ds', 'weave-net', 'azure-cns'])(
    'of DaemonSet %s that is not Ready is a warning while nothing waits',
    (name) => {
      const finding = theFinding(check, [node('node-1'), calico({ owner: ['DaemonSet', name] })]);
      expect(finding).toMatchObject({ severity: 'warning', confidence: 'likely' });
      expect(finding.summary).toContain('has a network plugin that is not Ready (kube-system/calico-node-x)');
      expect(finding.involves.map(({ name: of }) => of)).toContain('calico-node-x');
    },
  );

  it('is named beside the pods that wait', () => {
    const finding = theFinding(check, [node('node-1'), waiting, failed, calico()]);
    expect(finding).toMatchObject({ severity: 'critical', confidence: 'certain' });
    expect(finding.detail).toContain(
      'Pod kube-system/calico-node-x of the network plugin on it is not Ready',
    );
  });

  it.each<[string, KubeObject[]]>([
    ['is Ready', [node('node-1'), calico({ ready: true })]],
    ['has turned just now', [node('node-1'), calico({ since: '14:29:40' })]],
    ['goes', [node('node-1'), calico({ deleted: '14:30:30' })]],
    ['is on a node that is lost', [node('node-1', [condition('Ready', 'Unknown')]), calico()]],
  ])('is quiet where it %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

it('says where a sandbox fails for another reason than its network', () => {
  const other = event(
    'Pod',
    'pay-a',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image',
    '14:29:00',
  );
  expect(theFinding(check, [node('node-1'), waiting, other]).summary).toMatch(
    /^Node node-1 makes no sandbox for 1 pod: failed to get sandbox image/,
  );
});

/** `pay-a` failed a few times until 14:28; another pod of its node got its address after that. */
const early = (message: string, more: object = {}): KubeObject =>
  event('Pod', 'pay-a', 'FailedCreatePodSandBox', message, '14:27:00', {
    type: 'Warning',
    count: 4,
    last: '14:28:00',
    ...more,
  });
const served = pod('new-a', { created: '14:29:00' });

describe('a plugin that was mended', () => {
  it('is no finding, though a pod still waits for its next try', () => {
    expect(findings(check, [node('node-1'), waiting, early('no networks found'), served])).toEqual([]);
  });

  it.each<[string, KubeObject[]]>([
    ['no pod that came later has an address', [early('no networks found')]],
    ['the pod with an address is older than the failure', [early('no networks found'), pod('old-a')]],
    ['addresses run out', [early('no IP addresses available in range set: 10.0.0.1-10.0.0.254'), served]],
    ['the spam filter may keep the newest back', [early('no networks found', { count: 25 }), served]],
    ['it fails still', [failed, served]],
  ])('is not believed where %s', (_, objects) => {
    expect(findings(check, [node('node-1'), waiting, ...objects])).toHaveLength(1);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a pod that got its address at a later try', [node('node-1'), made, failed]],
    [
      'a pod that waits for something else by now',
      [
        node('node-1'),
        waiting,
        event('Pod', 'pay-a', 'FailedCreatePodSandBox', 'no networks found', '13:00:00', {
          last: '13:02:00',
        }),
      ],
    ],
    ['a node that has just joined', [node('node-1', undefined, { created: '14:30:00' }), waiting, failed]],
    ['a node that is down for another reason', [node('node-1', [condition('Ready', 'Unknown')])]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when nodes may not be listed', () => {
    const verdict = verdictOf(check, { objects: [waiting, failed], lists: { nodes: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
