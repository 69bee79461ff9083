/** `pods`, `containers` and `container_ports`. */
import { fields, flag, integer, items, text, time, type Fields } from '../read.ts';
import { podStatus } from '../pod-status.ts';
import type { Table } from '../table.ts';
import type { StoreWriter } from '../../store/writer.ts';

const table: Table = {
  id: 'pods',
  resources: ['pods'],
  start(out) {
    const addPod = out.bulk('pods', [
      'object_id',
      'namespace',
      'name',
      'phase',
      'ready',
      'node',
      'pod_ip',
      'host_network',
      'service_account',
      'restarts',
      'reason',
      'started_at',
      'created_at',
      'deletion_at',
      'owner_kind',
      'owner_name',
    ]);
    const addContainers = containerLoader(out);
    return (pod, meta) => {
      const spec = fields(pod['spec']);
      const status = fields(pod['status']);
      const shown = podStatus(pod);
      const owners = items(meta.metadata['ownerReferences']);
      const owner = owners.find((candidate) => candidate['controller'] === true) ?? owners[0];
      addPod(
        meta.id,
        meta.namespace ?? '',
        meta.name,
        text(status['phase']),
        shown.ready,
        text(spec['nodeName']),
        text(status['podIP']),
        flag(spec['hostNetwork']),
        text(spec['serviceAccountName']),
        shown.restarts,
        shown.reason,
        time(status['startTime']),
        meta.createdAt,
        meta.deletionAt,
        owner === undefined ? null : text(owner['kind']),
        owner === undefined ? null : text(owner['name']),
      );
      addContainers(meta.id, meta.namespace ?? '', meta.name, spec, status);
    };
  },
};
export default table;

/** Where the kubelet's statuses of each list of containers lie. */
const LISTS = [
  ['initContainers', 'initContainerStatuses', 'init'],
  ['containers', 'containerStatuses', 'app'],
  ['ephemeralContainers', 'ephemeralContainerStatuses', 'ephemeral'],
] as const;

type AddContainers = (id: number, namespace: string, pod: string, spec: Fields, status: Fields) => void;

function containerLoader(out: StoreWriter): AddContainers {
  const add = out.bulk('containers', [
    'object_id',
    'namespace',
    'pod',
    'name',
    'type',
    'image',
    'state',
    'reason',
    'message',
    'exit_code',
    'started_at',
    'finished_at',
    'ready',
    'restarts',
    'last_reason',
    'last_exit_code',
    'last_message',
    'last_started_at',
    'last_finished_at',
  ]);
  const addPort = out.bulk('container_ports', [
    'object_id',
    'container',
    'name',
    'port',
    'protocol',
    'host_port',
  ]);
  return (id, namespace, pod, spec, status) => {
    for (const [list, statusList, type] of LISTS) {
      if (!Array.isArray(spec[list])) continue;
      const statuses = items(status[statusList]);
      for (const container of items(spec[list])) {
        const name = text(container['name']);
        if (name === null) continue;
        const seen = statuses.find((candidate) => candidate['name'] === name);
        const now = stateOf(seen?.['state']);
        const last = stateOf(seen?.['lastState']);
        add(
          id,
          namespace,
          pod,
          name,
          type === 'init' && container['restartPolicy'] === 'Always' ? 'sidecar' : type,
          text(container['image']),
          now.state,
          now.reason,
          now.message,
          now.exitCode,
          now.startedAt,
          now.finishedAt,
          seen === undefined ? null : flag(seen['ready']),
          seen === undefined ? null : integer(seen['restartCount']),
          last.reason,
          last.exitCode,
          last.message,
          last.startedAt,
          last.finishedAt,
        );
        for (const port of items(container['ports'])) {
          const number = integer(port['containerPort']);
          if (number === null) continue;
          addPort(
            id,
            name,
            text(port['name']),
            number,
            text(port['protocol']) ?? 'TCP',
            integer(port['hostPort']),
          );
        }
      }
    }
  };
}

interface ContainerState {
  readonly state: 'waiting' | 'running' | 'terminated' | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

const UNSAID: ContainerState = {
  state: null,
  reason: null,
  message: null,
  exitCode: null,
  startedAt: null,
  finishedAt: null,
};

/** A ContainerState holds exactly one of its three members; an empty one means the kubelet has not said. */
function stateOf(value: unknown): ContainerState {
  if (value === undefined) return UNSAID;
  const of = fields(value);
  for (const state of ['running', 'waiting', 'terminated'] as const) {
    const detail = of[state];
    if (typeof detail !== 'object' || detail === null) continue;
    const said = fields(detail);
    return {
      state,
      reason: text(said['reason']),
      message: text(said['message']),
      exitCode: integer(said['exitCode']),
      startedAt: time(said['startedAt']),
      finishedAt: time(said['finishedAt']),
    };
  }
  return UNSAID;
}
