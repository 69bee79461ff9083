/** `workloads`: what makes pods, and its history. */
import { isRecord } from '../../../src/core/json.ts';
import { fields, integer, json, text, type Fields } from '../read.ts';
import type { Table } from '../table.ts';

/** Set on ReplicaSets and what makes them by the controller: of Deployments, of Argo's Rollouts, of OpenShift's DeploymentConfigs. */
const REVISIONS = [
  'deployment.kubernetes.io/revision',
  'rollout.argoproj.io/revision',
  'openshift.io/deployment-config.latest-version',
];

const table: Table = {
  id: 'workloads',
  resources: [
    'replicationcontrollers',
    'apps/deployments',
    'apps/replicasets',
    'apps/statefulsets',
    'apps/daemonsets',
    'apps/controllerrevisions',
    'batch/jobs',
    'batch/cronjobs',
    'argoproj.io/rollouts',
    'apps.openshift.io/deploymentconfigs',
  ],
  start(out) {
    const add = out.insert('workloads', [
      'object_id',
      'kind',
      'namespace',
      'name',
      'replicas',
      'ready_replicas',
      'revision',
      'selector',
      'template_labels',
      'created_at',
    ]);
    return (workload, meta) => {
      const spec = fields(workload['spec']);
      const status = fields(workload['status']);
      const template = templateOf(meta.kind, workload, spec);
      const labels = fields(template?.['metadata'])['labels'];
      add(
        meta.id,
        meta.kind,
        meta.namespace ?? '',
        meta.name,
        wanted(meta.kind, spec, status),
        readyOf(meta.kind, status),
        revision(workload, meta.metadata),
        selectorOf(meta.kind, spec),
        isRecord(labels) ? json(labels) : null,
        meta.createdAt,
      );
    };
  },
};
export default table;

function templateOf(kind: string, workload: Fields, spec: Fields): Fields | undefined {
  // A ControllerRevision holds the patch that makes the owner's template what it was; a CronJob a template of Jobs.
  if (kind === 'ControllerRevision') return fields(fields(fields(workload['data'])['spec'])['template']);
  if (kind === 'CronJob') return fields(fields(fields(spec['jobTemplate'])['spec'])['template']);
  return fields(spec['template']);
}

/** How many pods it wants; null where that is no number of its own. */
function wanted(kind: string, spec: Fields, status: Fields): number | null {
  if (kind === 'DaemonSet') return integer(status['desiredNumberScheduled']);
  if (kind === 'Job') return integer(spec['parallelism']) ?? 1;
  if (kind === 'CronJob' || kind === 'ControllerRevision') return null;
  return integer(spec['replicas']) ?? 1;
}

function readyOf(kind: string, status: Fields): number | null {
  if (kind === 'CronJob' || kind === 'ControllerRevision') return null;
  if (kind === 'DaemonSet') return integer(status['numberReady']) ?? 0;
  return integer(status[kind === 'Job' ? 'ready' : 'readyReplicas']) ?? 0;
}

function revision(workload: Fields, metadata: Fields): number | null {
  const annotations = fields(metadata['annotations']);
  for (const key of REVISIONS) {
    const annotated = text(annotations[key]);
    if (annotated !== null && /^\d{1,15}$/.test(annotated)) return Number(annotated);
  }
  return integer(workload['revision']);
}

/** As a LabelSelector; the plain map of a ReplicationController or DeploymentConfig becomes matchLabels. */
function selectorOf(kind: string, spec: Fields): string | null {
  const selector = spec['selector'];
  if (!isRecord(selector)) return null;
  return json(
    kind === 'ReplicationController' || kind === 'DeploymentConfig' ? { matchLabels: selector } : selector,
  );
}
