/** Lines and evidence that several stations show: ports, pods, names, fields. */
import { formatTime } from '../../src/core/time.ts';
import { serviceName as dnsName } from '../../src/k8s/dns-names.ts';
import { formatSet } from '../../src/k8s/labels.ts';
import type { Evidence } from '../model/finding.ts';
import type { PodSpan } from './pod-spans.ts';
import type { Scene } from './scene.ts';
import { takes, type Subject } from './subject.ts';

/** More pods are counted, not named. */
const PODS_NAMED = 6;
/** The last ones; all of them are moments. */
const CHANGES_NAMED = 4;

export function portLines({ subject: { service, path } }: Scene): string[] {
  const wanted = (service?.ports ?? []).filter(
    (port) => path.port === undefined || port.port === Number(path.port) || port.name === path.port,
  );
  return wanted.map(
    (port) =>
      `port ${port.port}${port.name === null ? '' : ` (${port.name})`} to the pods' ${port.target_port ?? port.port}/${port.protocol}`,
  );
}

export function podLines(
  when: string,
  pods: readonly PodSpan[],
  selector: Readonly<Record<string, string>> | undefined,
): string[] {
  if (pods.length === 0) return [`${when}: none known`];
  const lines = pods.slice(0, PODS_NAMED).map((pod) => {
    const labels = Object.fromEntries(
      Object.entries(pod.labels ?? {}).filter(([key]) => selector === undefined || key in selector),
    );
    const taken = takes(selector, pod.labels) ? 'selected' : 'not selected';
    const known =
      pod.basis === 'observed'
        ? pod.ready === undefined
          ? ''
          : `, Ready=${pod.ready} when captured`
        : ', known from Events';
    return `${when}: ${pod.name} (${formatSet(labels) || 'without these labels'}; ${taken}${known})`;
  });
  return pods.length > PODS_NAMED ? [...lines, `${when}: and ${pods.length - PODS_NAMED} more`] : lines;
}

export function podEvidence(pod: PodSpan): Evidence {
  return {
    kind: pod.basis === 'observed' ? 'field' : 'event',
    object: { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name },
    ...(pod.basis === 'observed'
      ? { path: 'status.conditions[Ready].status', value: pod.ready ?? null }
      : { at: formatTime(pod.from) }),
    ...pod.place,
  };
}

export function nameOf({ serviceName }: Subject): string {
  return serviceName === undefined ? '' : dnsName(serviceName.name, serviceName.namespace);
}

export function field(service: NonNullable<Subject['service']>, path: string, value: unknown): Evidence {
  return { kind: 'field', object: service.ref, path, value, ...service.place };
}

/** What a watch saw change by then: the verdict is of the lists, which were taken before. */
export function changeLines({ subject, at }: Scene, kinds: readonly string[]): string[] {
  return subject.changes
    .filter((change) => change.at <= at && kinds.includes(change.kind))
    .slice(-CHANGES_NAMED)
    .map(
      (change) =>
        `seen by the watch at ${formatTime(change.at, 0).slice(11, 19)}Z: ${change.kind} ${change.name} ${change.text}`,
    );
}

export function changeEvidence({ subject, at }: Scene, kinds: readonly string[]): Evidence[] {
  return subject.changes
    .filter((change) => change.at <= at && kinds.includes(change.kind))
    .slice(-CHANGES_NAMED)
    .map((change) => ({
      kind: 'change',
      at: formatTime(change.at),
      object: {
        apiVersion: change.apiVersion,
        kind: change.kind,
        namespace: change.namespace,
        name: change.name,
      },
      text: change.text,
      ...change.place,
    }));
}
