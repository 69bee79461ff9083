/** The scheduler's words, as its plugins write them from 1.22 to 1.36, taken apart. */
import { describe, expect, it } from 'vitest';
import { parseUnfit, type UnfitKind } from '../../../analyze/facts/pods/scheduler-words.ts';

describe('what one plugin says of a node', () => {
  it.each<[UnfitKind, string]>([
    ['resources', 'Insufficient cpu'],
    ['resources', 'Insufficient memory'],
    ['resources', 'Insufficient ephemeral-storage'],
    ['resources', 'Insufficient hugepages-2Mi'],
    ['resources', 'Insufficient nvidia.com/gpu'],
    ['pods', 'Too many pods'],
    ['taint', 'node(s) had untolerated taint {dedicated: db}'],
    ['taint', 'node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }'],
    ['taint', 'node(s) had untolerated taint {ToBeDeletedByClusterAutoscaler: 1777644000}'],
    ['taint', 'node(s) had untolerated taint {storage: volume}'],
    ['taint', 'node(s) had untolerated taint(s)'],
    ['taint', "node(s) had taint {dedicated: db}, that the pod didn't tolerate"],
    ['cordoned', 'node(s) were unschedulable'],
    ['cordoned', 'node(s) had untolerated taint {node.kubernetes.io/unschedulable: }'],
    ['affinity', "node(s) didn't match Pod's node affinity/selector"],
    ['affinity', "node(s) didn't match node selector"],
    ['affinity', "node(s) didn't match scheduler-enforced node affinity"],
    ['affinity', 'pod affinity terms conflict'],
    ['affinity', "node(s) didn't match the requested node name"],
    ['affinity', "node(s) didn't satisfy plugin NodeAffinity"],
    ['pod-affinity', "node(s) didn't match pod affinity rules"],
    ['pod-affinity', "node(s) didn't match pod anti-affinity rules"],
    ['pod-affinity', "node(s) didn't satisfy existing pods anti-affinity rules"],
    ['pod-affinity', "node(s) didn't match pod affinity/anti-affinity rules"],
    ['spread', "node(s) didn't match pod topology spread constraints"],
    ['spread', "node(s) didn't match pod topology spread constraints (missing required label)"],
    ['ports', "node(s) didn't have free ports for the requested pod ports"],
    ['volume', 'node(s) had volume node affinity conflict'],
    ['volume', "node(s) didn't match PersistentVolume's node affinity"],
    ['volume', "node(s) didn't find available persistent volumes to bind"],
    ['volume', 'node(s) had no available volume zone'],
    ['volume', 'node(s) exceed max volume count'],
    ['volume', 'node(s) had no available disk'],
    ['volume', 'node(s) did not have enough free storage'],
    ['volume', 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'],
    [
      'volume',
      'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
    ],
    ['volume', 'ebs.csi.aws.com CSI driver is not installed on the node'],
    ['volume', "node(s) didn't satisfy plugin(s) [NodeAffinity VolumeBinding] simultaneously"],
    ['claims', 'cannot allocate all claims'],
    ['claims', 'resourceclaim not available on the node'],
    ['other', "node(s) didn't match Pod's required features"],
    ['other', 'node(s) had unknown conditions'],
  ])('%s: %s', (kind, said) => {
    const { nodes, reasons, preemption } = parseUnfit(
      `0/7 nodes are available: 2 Insufficient cpu, 5 ${said}. preemption: 0/7 nodes are available: 7 Preemption is not helpful for scheduling.`,
    );
    expect(nodes).toBe(7);
    expect(reasons.map(({ count, text }) => [count, text])).toEqual([
      [2, 'Insufficient cpu'],
      [5, said],
    ]);
    expect(reasons[1]?.kind).toBe(kind);
    expect(preemption).toBe('0/7 nodes are available: 7 Preemption is not helpful for scheduling.');
  });
});

describe('what is said of the pod before any node is looked at', () => {
  it.each<[UnfitKind, string]>([
    ['volume', 'pod has unbound immediate PersistentVolumeClaims'],
    ['volume', 'persistentvolumeclaim "data" not found'],
    ['volume', 'persistentvolumeclaim "data" is being deleted'],
    ['volume', 'persistentvolumeclaim "data" bound to non-existent persistentvolume "pv-1"'],
    ['volume', 'waiting for ephemeral volume controller to create the persistentvolumeclaim "web-scratch"'],
    ['claims', 'resourceclaim in use'],
    ['claims', 'resource claim shop/gpu is in the process of being allocated'],
    ['claims', 'request gpu: device class gpu.example.com does not exist'],
    ['claims', 'could not find ResourceClaim "gpu"'],
  ])('%s: %s', (kind, said) => {
    const { reasons, preemption } = parseUnfit(
      `0/3 nodes are available: ${said}. preemption: not eligible due to preemptionPolicy=Never..`,
    );
    expect(reasons).toEqual([{ count: undefined, text: said, kind }]);
    expect(preemption).toBe('not eligible due to preemptionPolicy=Never..');
  });
});

it.each<[string, readonly string[], string | undefined]>([
  ['no nodes available to schedule pods', ['no nodes available to schedule pods'], undefined],
  ['0/3 nodes are available: 3 Insufficient cpu.', ['Insufficient cpu'], undefined],
  [
    '0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to a terminating pod on the nominated node.',
    ['Insufficient cpu'],
    'not eligible due to a terminating pod on the nominated node.',
  ],
  [
    'pod group is not ready, 2 Pending, 3 minAvailable',
    ['pod group is not ready', 'Pending', 'minAvailable'],
    undefined,
  ],
])('%s', (message, texts, preemption) => {
  const unfit = parseUnfit(message);
  expect(unfit.reasons.map(({ text }) => text)).toEqual(texts);
  expect(unfit.preemption).toBe(preemption);
});

it('knows a cluster without nodes', () => {
  expect(parseUnfit('no nodes available to schedule pods').reasons[0]?.kind).toBe('no-nodes');
});

it('reads why a binding failed after a node was found', () => {
  const said = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded';
  expect(parseUnfit(said).reasons).toEqual([{ count: undefined, text: said, kind: 'volume' }]);
});
