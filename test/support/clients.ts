/** Clients that die for want of a Service, and what a test puts together of parts. */
import type { Verdict } from '../../analyze/model/verdict.ts';
import type { EvidenceGiven, KubeObject } from './evidence.ts';
import { verdictOf } from './judged.ts';
import { endpoint, event, on, pod, replicaSet, service, slice, workload } from './kube-objects.ts';

/** Parts of a made cluster that go together. */
export interface Part {
  readonly objects: readonly KubeObject[];
  readonly logs?: EvidenceGiven['logs'] | undefined;
}

const DYING = {
  ready: false,
  restartCount: 9,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: {
    terminated: { exitCode: 1, reason: 'Error', startedAt: on('14:27:00'), finishedAt: on('14:28:00') },
  },
};

interface ClientGiven {
  /** Services that its environment names; default: the one it dies for. */
  readonly names?: readonly string[];
  /** Its last words; default: that the Service refuses the connection. */
  readonly line?: string;
  /** Clock of its last rollout, by which its pod was made. */
  readonly rolledOut?: string;
  readonly node?: string;
}

/** A Deployment with a Service whose pod dies over and over because this Service does not answer it; since this time. */
export function client(name: string, of: string, clock = '14:12:00', given: ClientGiven = {}): Part {
  const { names = [of], line = `fatal: dial tcp ${of}:80: connect: connection refused`, rolledOut } = given;
  const env = names.map((one, index) => ({ name: `URL_${index}`, value: `http://${one}:80` }));
  const revision = rolledOut === undefined ? 1 : 2;
  return {
    objects: [
      service(name, { app: name }),
      slice(name, [endpoint(`${name}-a`, { ready: false })], { generation: 3 }),
      workload(name, { pods: { app: name }, containers: [{ name: 'app', image: 'app:1', env }] }),
      ...(rolledOut === undefined ? [] : [replicaSet(name, 1, { app: name }, '11:00:00')]),
      replicaSet(name, revision, { app: name }, rolledOut ?? '12:00:00', 1),
      pod(`${name}-a`, {
        labels: { app: name },
        owner: ['ReplicaSet', `${name}-${revision}`],
        ready: false,
        since: clock,
        container: DYING,
        ...(rolledOut === undefined ? {} : { created: rolledOut }),
        ...(given.node === undefined ? {} : { spec: { nodeName: given.node } }),
      }),
      event('Pod', `${name}-a`, 'BackOff', 'Back-off restarting failed container app', clock),
    ],
    logs: [
      {
        namespace: 'shop',
        pod: `${name}-a`,
        container: 'app',
        previous: true,
        text: `${on('14:28:00')} ${line}\n`,
      },
    ],
  };
}

/** The same in another namespace. */
export function movedTo(namespace: string, { objects, logs = [] }: Part): Part {
  return {
    objects: objects.map((object) => moved(object, namespace)),
    logs: logs.map((log) => ({ ...log, namespace })),
  };
}

function moved(object: KubeObject, namespace: string): KubeObject {
  if ((object['metadata'] as { readonly namespace?: string }).namespace === undefined) return object;
  const text = JSON.stringify(object)
    .replaceAll('"namespace":"shop"', `"namespace":"${namespace}"`)
    .replaceAll('"uid":"shop-', `"uid":"${namespace}-`);
  return JSON.parse(text) as KubeObject;
}

export function verdictOfParts(parts: readonly Part[], more: EvidenceGiven = {}): Verdict {
  return verdictOf({
    ...more,
    objects: parts.flatMap(({ objects }) => objects),
    logs: parts.flatMap(({ logs = [] }) => logs),
  });
}
