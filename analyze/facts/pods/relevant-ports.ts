/** The ports of a pod that somebody counts on: declared, probed, or where a Service leads. */
import type { Facts } from '../facts.ts';
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import { declaredPorts } from './listeners.ts';
import { SIDECAR_PORTS, SIDECARS } from '../mesh/words.ts';
import type { PodFact } from '../pods.ts';
import { specProbes } from '../probes/spec.ts';
import type { ServicePath } from '../services.ts';

/** Why a port matters, in words, and the field that says so. */
export interface Wanted {
  readonly port: number;
  readonly by: 'declared' | 'probed' | 'service';
  readonly words: string;
  /** Field of the pod; undefined where it is a Service's. */
  readonly path: string | undefined;
}

const indices = new WeakMap<readonly ServicePath[], Map<PodFact, ServicePath[]>>();

/** The ways through Services that lead to each pod; worked out once. */
export function pathsByPod(paths: readonly ServicePath[]): ReadonlyMap<PodFact, readonly ServicePath[]> {
  let index = indices.get(paths);
  if (index === undefined) {
    index = new Map();
    for (const path of paths) {
      for (const pod of path.pods) {
        const list = index.get(pod);
        if (list) list.push(path);
        else index.set(pod, [path]);
      }
    }
    indices.set(paths, index);
  }
  return index;
}

const wanted = new WeakMap<readonly ServicePath[], Map<PodFact, readonly Wanted[]>>();

/** Ports counted on, Services' first: what clients use weighs most. Needs pods, Services and EndpointSlices. */
export function wantedPorts(facts: Facts, pod: PodFact): readonly Wanted[] {
  const { paths } = facts;
  const known = wanted.get(paths) ?? new Map<PodFact, readonly Wanted[]>();
  wanted.set(paths, known);
  const ports = known.get(pod) ?? portsOf(facts, pod);
  known.set(pod, ports);
  return ports;
}

function portsOf(facts: Facts, pod: PodFact): readonly Wanted[] {
  const body = facts.body(pod);
  const services = (pathsByPod(facts.paths).get(pod) ?? []).flatMap((path): Wanted[] => {
    const port = path.targets.get(pod);
    return port === undefined || path.port?.protocol === 'UDP'
      ? []
      : [{ port, by: 'service', words: `Service ${path.service.name} sends to it`, path: undefined }];
  });
  // Nobody calls the program by what its sidecar declares for itself.
  const beside = besides(body);
  const declared = declaredPorts(body).flatMap(({ container, port }): Wanted[] =>
    beside.has(container)
      ? []
      : [
          {
            port,
            by: 'declared',
            words: 'the pod declares it',
            path: `spec.containers[${container}].ports`,
          },
        ],
  );
  const probed = specProbes(body).flatMap((probe): Wanted[] =>
    probe.port === undefined || beside.has(probe.container)
      ? []
      : [{ port: probe.port, by: 'probed', words: `its ${probe.kind} probe asks it`, path: probe.at }],
  );
  return [...services, ...declared, ...probed];
}

/** The sidecars of a mesh in a pod that has more; in a gateway the proxy is the program. */
function besides(body: Fields): ReadonlySet<string> {
  const names = items(fields(body['spec'])['containers']).flatMap(({ name }) => text(name) ?? []);
  return names.every((name) => SIDECARS.has(name)) ? new Set() : SIDECARS;
}

/** Whether a port of a pod is its sidecar's own. */
export function isSidecarPort(facts: Facts, pod: PodFact, port: number): boolean {
  if (!SIDECAR_PORTS.has(port)) return false;
  const spec = fields(facts.body(pod)['spec']);
  const all = [...items(spec['containers']), ...items(spec['initContainers'])];
  return all.some(({ name }) => SIDECARS.has(text(name) ?? ''));
}
