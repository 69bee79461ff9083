import { describe, expect, it } from 'vitest';
import { allFacts } from '../../../analyze/facts/facts.ts';
import { templateChanges } from '../../../analyze/facts/revisions.ts';
import check from '../../../analyze/checks/service/selector-mismatch.ts';
import { storeFrom, type KubeObject } from '../../support/evidence.ts';
import { pod, service, slice, workload } from '../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../checks/judging.ts';

/** A revision of a StatefulSet or DaemonSet `db`. */
function snapshot(
  revision: number,
  labels: object,
  image: string,
  created: string,
  kind = 'StatefulSet',
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `db-${revision}`,
      namespace: 'shop',
      creationTimestamp: `2026-05-01T${created}Z`,
      ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'db', uid: 'shop-db', controller: true }],
    },
    revision,
    data: {
      spec: {
        template: {
          $patch: 'replace',
          metadata: { labels },
          spec: { containers: [{ name: 'app', image, env: [{ name: 'A', value: image }] }] },
        },
      },
    },
  };
}

const history = (kind: 'StatefulSet' | 'DaemonSet'): KubeObject[] => [
  workload('db', { kind, pods: { app: 'db', role: 'v2' } }),
  snapshot(1, { app: 'db', role: 'v1' }, 'db:1', '12:00:00', kind),
  snapshot(2, { app: 'db', role: 'v2' }, 'db:2', '14:00:00', kind),
];

describe.each(['StatefulSet', 'DaemonSet'] as const)('the revisions of a %s', (kind) => {
  it('are its ControllerRevisions, the newest first, with what changed', () => {
    const store = storeFrom({ objects: history(kind) });
    const { workloads, objects } = allFacts(store);
    const top = workloads.named(kind, 'shop', 'db');
    if (top === undefined) throw new Error('no workload');
    const [after, before] = workloads.revisions(top);
    expect([after?.revision, before?.revision]).toEqual([2, 1]);
    if (after === undefined || before === undefined) throw new Error('two revisions are wanted');
    expect(templateChanges(objects, before, after)).toEqual([
      { path: 'metadata.labels.role', before: 'v1', after: 'v2' },
      { path: 'spec.containers[0].image', before: 'db:1', after: 'db:2' },
      { path: 'spec.containers[0].env[0].value', before: 'db:1', after: 'db:2' },
    ]);
    store.close();
  });
});

describe('a rollout of a StatefulSet that took its pods from a Service', () => {
  const objects = [
    service('db', { role: 'v1' }),
    slice('db', [], { generation: 4 }),
    ...history('StatefulSet'),
    pod('db-0', { labels: { app: 'db', role: 'v2' }, owner: ['StatefulSet', 'db'] }),
  ];

  it('is named, dated, and told with what else changed', () => {
    const finding = theFinding(check, objects);
    expect(finding.summary).toContain('since StatefulSet db rolled out revision 2');
    expect(finding.detail).toContain('ControllerRevision db-1 (revision 1) still made pods');
    expect(finding.detail).toContain('spec.containers[0].image');
    expect(finding.since).toMatchObject({ from: '2026-05-01T14:00:00Z' });
    expect(finding.remedy.mend.join()).toContain('rollout undo statefulset/db');
    expect(finding.evidence.some(({ path }) => path === 'data.spec.template.metadata.labels.role')).toBe(
      true,
    );
  });

  it('is none where the pods kept the label', () => {
    expect(findings(check, [service('db', { app: 'db' }), ...objects.slice(2)])).toEqual([]);
  });

  it('is not told where ControllerRevisions may not be listed', () => {
    const verdict = verdictOf(check, { objects, lists: { 'apps/controllerrevisions': 'forbidden' } });
    expect(verdict.findings.every(({ summary }) => !summary.includes('rolled out'))).toBe(true);
  });
});
