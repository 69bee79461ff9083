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

const ID = 'ab'.repeat(32);
const CREATE = 'Failed to create pod sandbox: rpc error: code = Unknown desc = ';
const SETUP = `${CREATE}failed to setup network for sandbox "${ID}": `;
const said = (message: string): KubeObject =>
  event('Pod', 'pay-a', 'FailedCreatePodSandBox', message, '14:29:00', { type: 'Warning', last: '14:29:50' });

describe('plugins in the wild', () => {
  it.each([
    [
      'AWS VPC CNI',
      `${SETUP}plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container`,
    ],
    [
      'AWS VPC CNI under dockershim',
      `${CREATE}failed to set up sandbox container "${ID}" network for pod "pay-a": networkPlugin cni failed to set up pod "pay-a_shop" network: add cmd: failed to assign an IP address to container`,
    ],
    [
      'host-local',
      `${SETUP}plugin type="flannel" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254`,
    ],
    [
      'Calico',
      `${SETUP}plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled`,
    ],
    [
      'Cilium',
      `${SETUP}plugin type="cilium-cni" name="cilium" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure  "range is full"`,
    ],
    [
      'Cilium, many pools',
      `${SETUP}plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure "all CIDR ranges are exhausted"`,
    ],
    [
      'Cilium, addresses of a cloud',
      `${SETUP}plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure "no IPs currently available on the node, allocation will be retried once Cilium Operator allocates more IPs"`,
    ],
    [
      'Azure CNI',
      `${SETUP}plugin type="azure-vnet" failed (add): Failed to allocate pool: Failed to delegate: Failed to allocate address: No available addresses`,
    ],
    [
      'Azure CNS',
      `${SETUP}plugin type='azure-vnet' failed (add): IPAM Invoker Add failed with error: Failed to get IP address from CNS with error: %w: AllocateIPConfig failed: not enough IPs available for 9c6a, waiting on Azure CNS to allocate more with NC Status:`,
    ],
    [
      'Whereabouts behind Multus',
      `${CREATE}failed to create pod network sandbox k8s_pay-a_shop_0(${ID}): error adding pod shop_pay-a to CNI network "multus-cni-network": plugin type="multus" name="multus-cni-network" failed (add): [shop/pay-a/033a:mgmt]: error adding container to network "mgmt": Error at storage engine: Could not allocate IP in range: ip: 192.168.122.145 / - 192.168.122.150 / range: net.IPNet{}`,
    ],
  ])('of %s say that addresses ran out', (_, message) => {
    const { summary, remedy } = theFinding(check, [node('node-1'), waiting, said(message)]);
    expect(summary).toMatch(/^Node node-1 gives 1 pod no network: no address is left to give: \S/);
    expect(summary).not.toContain(ID);
    expect(remedy.summary).toMatch(/^Free addresses/);
  });

  const agent = 'its agent on the node does not run or does not answer';
  it.each([
    [
      'Cilium without its agent',
      agent,
      `${SETUP}plugin type="cilium-cni" name="cilium" failed (add): unable to connect to Cilium daemon: failed to create cilium agent client after 30.000000 seconds timeout: Get "http:///var/run/cilium/cilium.sock/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory\nIs the agent running?`,
    ],
    [
      'Calico without its agent',
      agent,
      `${SETUP}plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`,
    ],
    [
      'Flannel without its agent',
      agent,
      `${SETUP}plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory`,
    ],
    [
      'AWS VPC CNI without ipamd',
      agent,
      `${SETUP}plugin type="aws-cni" name="aws-cni" failed (add): add cmd: Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"`,
    ],
    [
      'Multus without its server',
      agent,
      `${CREATE}failed to create pod network sandbox k8s_pay-a_shop_0(${ID}): error adding pod shop_pay-a to CNI network "multus-cni-network": plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): failed to send CNI request: Post "http://dummy/cni": dial unix /run/multus/socket/multus.sock: connect: no such file or directory`,
    ],
    [
      'a program that is not installed',
      'a plugin that its configuration names is not installed',
      `${SETUP}plugin type="loopback" failed (add): failed to find plugin "loopback" in path [/opt/cni/bin]`,
    ],
    [
      'Calico with an old token',
      'the API server turns its credentials down',
      `${SETUP}plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized`,
    ],
  ])('say what is wrong: %s', (_, means, message) => {
    const { summary } = theFinding(check, [node('node-1'), waiting, said(message)]);
    expect(summary).toContain(`gives 1 pod no network: ${means}: `);
  });

  it("tell a node's conditions with their words", () => {
    const down = condition('NetworkUnavailable', 'True', '14:10:00', {
      reason: 'CalicoIsDown',
      message: 'Calico is shutting down on this node',
    });
    expect(theFinding(check, [node('node-1', [down])]).summary).toBe(
      'Node node-1 gives its pods no network: Calico is shutting down on this node',
    );
    const crio = condition('Ready', 'False', '14:10:00', {
      reason: 'KubeletNotReady',
      message:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/kubernetes/cni/net.d/. Has your network provider started?',
    });
    expect(theFinding(check, [node('node-1', [crio])]).summary).toContain('No CNI configuration file in');
  });
});

it.each([
  `${CREATE}failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image: dial tcp 1.2.3.4:443: connect: network is unreachable`,
  `${CREATE}failed to get sandbox runtime: no runtime for "kata" is configured`,
  `${CREATE}failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?)`,
  `${CREATE}failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups`,
  `${CREATE}failed to reserve sandbox name "pay-a_shop_x_0": name "pay-a_shop_x_0" is reserved for "${ID}"`,
  'Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
  'Failed to create pod sandbox: rpc error: code = ResourceExhausted desc = grpc: received message larger than max',
])('is quiet on a sandbox that the runtime does not make: %s', (message) => {
  expect(findings(check, [node('node-1'), waiting, said(message)])).toEqual([]);
});

/** `pay-a` failed a few times until 14:28; another pod of its node got its address after that. */
const early = (message: string, more: object = {}): KubeObject =>
  event('Pod', 'pay-a', 'FailedCreatePodSandBox', message, '14:27:00', {
    type: 'Warning',
    count: 4,
    last: '14:28:00',
    ...more,
  });
const NONE = `${SETUP}no networks found in /etc/cni/net.d`;
const served = pod('new-a', { created: '14:29:00' });

describe('a plugin that was mended', () => {
  it('is no finding, though a pod still waits for its next try', () => {
    expect(findings(check, [node('node-1'), waiting, early(NONE), served])).toEqual([]);
  });

  it.each<[string, KubeObject[]]>([
    ['no pod that came later has an address', [early(NONE)]],
    ['the pod with an address is older than the failure', [early(NONE), pod('old-a')]],
    ['addresses run out', [early('no IP addresses available in range set: 10.0.0.1-10.0.0.254'), served]],
    ['the spam filter may keep the newest back', [early(NONE, { count: 25 }), served]],
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
        event('Pod', 'pay-a', 'FailedCreatePodSandBox', NONE, '13:00:00', {
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
