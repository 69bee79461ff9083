import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/unschedulable.ts';
import { parseUnfit } from '../../../../analyze/facts/pods/scheduler-words.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

const MESSAGE =
  '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {dedicated: db}. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.';

function pending(
  message = MESSAGE,
  reason = 'Unschedulable',
  clock = '14:00:00',
  spec: object = {},
): KubeObject {
  const made = pod('pay-a', { owner: ['ReplicaSet', 'pay-1'], phase: 'Pending' });
  const container = { name: 'app', resources: { requests: { cpu: '64' } } };
  return {
    ...made,
    spec: { containers: [container], nodeSelector: { disk: 'ssd' }, ...spec },
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime: on(clock) }],
    },
  };
}

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', labels: { disk: 'hdd' } },
  spec: { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] },
  status: { allocatable: { cpu: '4', memory: '8Gi' } },
};

describe('fires', () => {
  it('involves the nodes that would do but for a condition of theirs', () => {
    const tainted = (
      name: string,
      labels: object,
      keys: readonly string[],
      more: object = {},
    ): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, uid: name, labels },
      spec: { taints: keys.map((key) => ({ key, effect: 'NoSchedule' })), ...more },
      status: {},
    });
    const pressed = ['node.kubernetes.io/memory-pressure'];
    const said =
      '0/5 nodes are available: 1 node(s) had untolerated taint(s), 4 node(s) were unfit for another reason.';
    const finding = theFinding(check, [
      ...owners,
      pending(said),
      tainted('pressed', { disk: 'ssd' }, pressed),
      tainted('other-disk', { disk: 'hdd' }, pressed),
      tainted('dedicated', { disk: 'ssd' }, [...pressed, 'dedicated']),
      tainted('cordoned', { disk: 'ssd' }, pressed, { unschedulable: true }),
      tainted('well', { disk: 'ssd' }, []),
    ]);
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Pod/pay-a',
      'Node/pressed',
    ]);
  });

  it('on a volume that nobody makes on the node that was chosen', () => {
    const chosen = (created: string): KubeObject[] => [
      {
        ...pod('pay-a', { owner: ['ReplicaSet', 'pay-1'], phase: 'Pending', created }),
        spec: { containers: [], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
        status: { phase: 'Pending' },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name: 'data',
          namespace: 'shop',
          uid: 'shop-data',
          annotations: { 'volume.kubernetes.io/selected-node': 'node-1' },
        },
        spec: { storageClassName: '' },
        status: { phase: 'Pending' },
      },
      event('PersistentVolumeClaim', 'data', 'ProvisioningFailed', 'quota of disks exceeded', '14:20:00', {
        type: 'Warning',
      }),
      event('PersistentVolumeClaim', 'data', 'ExternalProvisioning', 'Waiting for a volume', '14:30:00'),
    ];
    const finding = theFinding(check, [...owners, ...chosen('14:20:00')]);
    expect(finding.summary).toContain('a node is chosen, and a volume is still to be made there');
    expect(finding.detail).toContain('quota of disks exceeded');
    expect(findings(check, [...owners, ...chosen('14:29:30')])).toEqual([]);
  });

  it('on a scheduler that could not bind, once it has lasted', () => {
    const said = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded';
    const finding = theFinding(check, [...owners, pending(said, 'SchedulerError')]);
    expect(finding.summary).toContain(`is not bound to a node: ${said}`);
    expect(findings(check, [...owners, pending(said, 'SchedulerError', '14:30:00')])).toEqual([]);
  });

  it('with the message in its parts and each node looked at', () => {
    const finding = theFinding(check, [...owners, pending(), node]);
    expect(finding.key).toBe('pod/unschedulable:Deployment/shop/pay');
    expect(finding.summary).toContain(
      '1 of 3 Insufficient cpu; 2 of 3 node(s) had untolerated taint {dedicated: db}',
    );
    expect(finding.detail).toContain(
      'node-1: taint dedicated=db:NoSchedule is not tolerated, cpu of the whole node is 4',
    );
    expect(finding.detail).toContain('Preemption: 0/3');
    expect(finding.since.from).toBe(on('12:00:00'));
  });

  it.each([
    [
      "2 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
      "2 of 2 node(s) didn't match pod anti-affinity rules",
    ],
    [
      'pod has unbound immediate PersistentVolumeClaims. not found',
      'pod has unbound immediate PersistentVolumeClaims',
    ],
    ['persistentvolumeclaim "data" not found. not found', 'persistentvolumeclaim "data" not found'],
  ])('leaves out what plugins add afterwards: %s', (message, said) => {
    const finding = theFinding(check, [...owners, pending(`0/2 nodes are available: ${message}`)]);
    expect(finding.summary.endsWith(`finds no node: ${said}`)).toBe(true);
  });

  it.each([
    ['a class that is not there', {}, 'claim shop/data waits: StorageClass fast-ssd does not exist'],
    [
      'what its provisioner says',
      { storageClassName: '' },
      'claim shop/data waits: no persistent volumes available',
    ],
  ])('names the claim, and %s', (_, spec, said) => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop', uid: 'shop-data' },
      spec: { storageClassName: 'fast-ssd', ...spec },
      status: { phase: 'Pending' },
    };
    const told = event(
      'PersistentVolumeClaim',
      'data',
      'FailedBinding',
      'no persistent volumes available',
      '14:20:00',
    );
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    const message = '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.';
    const waits = pending(message, 'Unschedulable', '14:00:00', { volumes });
    expect(theFinding(check, [...owners, waits, claim, told]).detail).toContain(said);
  });

  it.each([
    ['0/2 nodes are available: persistentvolumeclaim "data" not found. not found', 'volume'],
    ['0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: x', 'volume'],
    ["0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.", 'affinity'],
    ["0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.", 'pod-affinity'],
    ['0/2 nodes are available: 1 node(s) were unschedulable, 1 Too many pods.', 'cordoned'],
    ["0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.", 'ports'],
    ['0/2 nodes are available: 2 node(s) had volume node affinity conflict.', 'volume'],
  ])('%s', (message, kind) => {
    expect(parseUnfit(message).reasons[0]?.kind).toBe(kind);
    expect(findings(check, [...owners, pending(message)])).toHaveLength(1);
  });
});

const UID = '3f0c1d2e-0000-4000-8000-00000000000a';

/** What took a place on node-1, of priority 1000. */
function preemptor(more: Parameters<typeof pod>[1] = {}): KubeObject {
  const made = pod('report-x', { spec: { nodeName: 'node-1', priority: 1000 }, ...more });
  return { ...made, metadata: { ...(made['metadata'] as object), uid: UID } };
}
const preempted = (name: string, by = `pod ${UID}`): KubeObject =>
  event('Pod', name, 'Preempted', `Preempted by ${by} on node node-1`, '14:00:00');

describe('a rollout that waits for itself', () => {
  const ports = "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.";
  const before = pod('pay-b', { owner: ['ReplicaSet', 'pay-0'], labels: { app: 'pay' } });
  const objects = (message: string, more: object = {}, replicas = 2): KubeObject[] => {
    const made = workload('pay', { pods: { app: 'pay' }, replicas });
    return [
      { ...made, spec: { ...(made['spec'] as object), ...more } },
      replicaSet('pay', 0, { app: 'pay' }, '11:00:00', 2),
      replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1),
      pending(message),
      before,
    ];
  };

  it.each([
    ['a host port', ports],
    ['anti-affinity', "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules."],
    [
      'a volume for one pod alone',
      '0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.',
    ],
  ])('is told of %s', (_, message) => {
    const finding = theFinding(check, objects(message));
    expect(finding.severity).toBe('warning');
    expect(finding.detail).toContain('The rollout waits for itself: pay-b, of the revision before');
    expect(finding.remedy.mend[0]).toContain('"maxUnavailable":1');
  });

  it.each<[string, KubeObject[]]>([
    ['it may take one away', objects(ports, { strategy: { rollingUpdate: { maxUnavailable: 1 } } })],
    ['a share of many pods comes to one', objects(ports, {}, 4)],
    ['it ends all before', objects(ports, { strategy: { type: 'Recreate' } })],
    ['nothing of before is left', objects(ports).slice(0, -1)],
    ['no room is left', objects('0/2 nodes are available: 2 Insufficient cpu.')],
  ])('is not where %s', (_, given) => {
    expect(theFinding(check, given).remedy.mend).toEqual([]);
  });
});

describe('a place that was taken', () => {
  it.each(['pay-1-x7k2p', 'pay-a'])('is told with what took it: victim %s', (victim) => {
    const finding = theFinding(check, [...owners, pending(), preempted(victim), preemptor()]);
    expect(finding.summary).toContain(
      'since it was preempted by Pod shop/report-x (priority 1000) on node-1: 1',
    );
    expect(finding.remedy.summary).toContain('PriorityClass');
    expect(finding.evidence.map(({ path }) => path)).toContain('spec.priority');
  });

  it('is not told of a pod of a StatefulSet where that of another was taken', () => {
    const made = pending();
    const controller = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'pay', controller: true };
    const metadata = { ...(made['metadata'] as object), name: 'pay-0', ownerReferences: [controller] };
    const objects = [{ ...made, metadata }, preemptor()];
    const told = (victim: string): string => theFinding(check, [...objects, preempted(victim)]).summary;
    expect(told('pay-0')).toContain('preempted');
    expect(told('pay-2')).not.toContain('preempted');
  });

  it.each<[string, KubeObject[]]>([
    ['what took it is gone', [preempted('pay-1-x7k2p')]],
    ['what took it has ended', [preempted('pay-1-x7k2p'), preemptor({ phase: 'Succeeded', ready: false })]],
    ['it was that of another', [preempted('cart-1-x7k2p'), preemptor()]],
    ['a group of pods took it', [preempted('pay-1-x7k2p', `podgroup ${UID}`), preemptor()]],
  ])('is not told where %s', (_, more) => {
    expect(theFinding(check, [...owners, pending(), ...more]).summary).not.toContain('preempted');
  });
});

describe('quiet', () => {
  const room = pending('0/2 nodes are available: 2 Insufficient cpu.', 'Unschedulable', '14:00:00', {
    priority: -1000,
  });

  it('on a placeholder of negative priority, which waits for room on purpose', () => {
    expect(findings(check, [...owners, room])).toEqual([]);
  });

  it('not where a Service counts on it, where no room would help, or where Services are not known', () => {
    const labelled = { ...room, metadata: { ...(room['metadata'] as object), labels: { app: 'pay' } } };
    expect(findings(check, [...owners, labelled, service('pay', { app: 'pay' })])).toHaveLength(1);
    const tainted = pending(
      '0/2 nodes are available: 2 node(s) had untolerated taint(s).',
      'Unschedulable',
      '14:00:00',
      {
        priority: -1000,
      },
    );
    expect(findings(check, [...owners, tainted])).toHaveLength(1);
    expect(findings(check, [...owners, room], { lists: { services: 'forbidden' } })).toHaveLength(1);
  });

  it.each([
    ['a running pod', podOf()],
    [
      'scheduling gates',
      pending('Scheduling is blocked due to non-empty scheduling gates', 'SchedulingGated'),
    ],
    ['a pod turned away this moment', pending(MESSAGE, 'Unschedulable', '14:30:19')],
  ])('on %s', (_, one) => {
    expect(findings(check, [...owners, one])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});

describe('nodes that would do', () => {
  const cordoned = {
    ...node,
    metadata: { name: 'node-2', labels: { disk: 'ssd' } },
    spec: {
      unschedulable: true,
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
    },
  };
  const unfit = (why: string, spec: object = {}): KubeObject =>
    pending(
      `0/2 nodes are available: 1 ${why}, 1 node(s) didn't match Pod's node affinity/selector.`,
      'Unschedulable',
      '14:00:00',
      spec,
    );

  it('but for a cordon are shown, with how it ends', () => {
    const finding = theFinding(check, [...owners, unfit('node(s) were unschedulable'), node, cordoned]);
    expect(pointers(finding)).toContain('Node/node-2 spec.unschedulable = true');
    expect(finding.remedy.mend).toEqual(['kubectl uncordon node-2   # unless it was cordoned on purpose']);
  });

  it('but for a taint of somebody are shown, with how it goes', () => {
    const tainted = { ...cordoned, spec: { taints: [{ key: 'disk', value: 'bad', effect: 'NoExecute' }] } };
    const finding = theFinding(check, [...owners, unfit('node(s) had untolerated taint(s)'), node, tainted]);
    expect(finding.remedy.mend).toEqual([
      'kubectl taint node node-2 disk:NoExecute-   # or tolerate it, if it is meant',
    ]);
  });

  it('are not told where the taint is of software, whose keys have a prefix', () => {
    const tainted = { ...cordoned, spec: { taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }] } };
    const finding = theFinding(check, [...owners, unfit('node(s) had untolerated taint(s)'), node, tainted]);
    expect(finding.remedy.mend).toEqual([]);
  });

  it('are not told where the taint is the node controller’s, or a node affinity has a say', () => {
    const lost = {
      ...cordoned,
      spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] },
    };
    const said = unfit('node(s) had untolerated taint(s)');
    expect(theFinding(check, [...owners, said, node, lost]).remedy.mend).toEqual([]);
    const affinity = {
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
      },
    };
    const other = unfit('node(s) were unschedulable', affinity);
    expect(theFinding(check, [...owners, other, node, cordoned]).remedy.mend).toEqual([]);
  });
});
