/** Where each kind of evidence lies in a bundle, relative to its root folder; and the reverse, for readers. */

/** `core` stands for the empty API group in paths. */
export function groupFolder(group: string): string {
  return group === '' ? 'core' : group;
}

export const HEADER_PATH = 'bundle.json';
export const MANIFEST_PATH = 'manifest.json';

/** `resources/apps/v1/deployments`; parts and lists lie in it. */
export function resourceFolder(group: string, version: string, plural: string): string {
  return `resources/${groupFolder(group)}/${version}/${plural}`;
}

/** `…/0001.ndjson`, or `…/<namespace>.0001.ndjson` when one namespace was listed. Parts count from 1. */
export function resourcePartPath(
  list: { group: string; version: string; plural: string; namespace?: string | undefined },
  part: number,
): string {
  const prefix = list.namespace === undefined ? '' : `${list.namespace}.`;
  return `${resourceFolder(list.group, list.version, list.plural)}/${prefix}${String(part).padStart(4, '0')}.ndjson`;
}

/** The list record beside the parts. */
export function listRecordPath(list: {
  group: string;
  version: string;
  plural: string;
  namespace?: string | undefined;
}): string {
  const suffix = list.namespace === undefined ? '' : `.${list.namespace}`;
  return `${resourceFolder(list.group, list.version, list.plural)}/list${suffix}.json`;
}

export interface LogName {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  /** Counts from 1; only later parts carry a number in the name. */
  readonly part: number;
}

/** `logs/<ns>/<pod>/<container>[.previous][.<part>].log`. Container names hold no dots (RFC 1123 labels). */
export function logPath(log: LogName): string {
  const previous = log.previous ? '.previous' : '';
  const part = log.part > 1 ? `.${log.part}` : '';
  return `logs/${log.namespace}/${log.pod}/${log.container}${previous}${part}.log`;
}

const LOG = /^logs\/([^/]+)\/([^/]+)\/([^/.]+)(\.previous)?(?:\.(\d+))?\.log$/;

/** The reverse of `logPath`; undefined for any other path. */
export function parseLogPath(path: string): LogName | undefined {
  const match = LOG.exec(path);
  if (!match) return undefined;
  const [, namespace = '', pod = '', container = '', previous, part] = match;
  return {
    namespace,
    pod,
    container,
    previous: previous !== undefined,
    part: part === undefined ? 1 : Number(part),
  };
}

/** `changes/<group|core>/<version>/<plural>[.<part>].ndjson`. Parts count from 1; only later ones carry a number. */
export function changesPath(group: string, version: string, plural: string, part = 1): string {
  const number = part > 1 ? `.${String(part).padStart(4, '0')}` : '';
  return `changes/${groupFolder(group)}/${version}/${plural}${number}.ndjson`;
}

/** `probes/<probe>[.<part>].ndjson`: results as they came; parts count from 1. */
export function probePath(probe: string, part = 1): string {
  const number = part > 1 ? `.${String(part).padStart(4, '0')}` : '';
  return `probes/${probe}${number}.ndjson`;
}

export function collectorPath(id: string): string {
  return `collectors/${id}.json`;
}

/** `metrics/<ns>/<pod>/<port>[.<label>].prom`: label `first` and `last` tell the two scrapes apart. */
export function metricsPath(namespace: string, pod: string, port: string | number, label: string): string {
  return `metrics/${namespace}/${pod}/${port}.${label}.prom`;
}

/** `nodes/<node>/<what>.json` and the like: what a kubelet answered. */
export function nodePath(node: string, file: string): string {
  return `nodes/${node}/${file}`;
}
