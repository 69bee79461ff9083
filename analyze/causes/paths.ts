/** The ways requests travel, and what each layer of each looks like: judged also where another layer already fails. */
import type { AllFacts } from '../facts/facts.ts';
import type { BackendRow } from '../facts/object-rows.ts';
import type { ServicePath } from '../facts/services.ts';
import type { Layer } from '../model/layer.ts';
import type { Path } from '../model/verdict.ts';
import type { Behind } from './behind.ts';
import { layerJudge, type Answer } from './layers.ts';
import type { Relations } from './relations.ts';
import type { CheckRun } from './run-checks.ts';

export interface Paths {
  readonly paths: Path[];
  /** What stands behind each, by its key. */
  readonly behind: ReadonlyMap<string, Behind>;
}

/** One path for each Service port, and one for each rule of an edge that leads to a Service. */
export function buildPaths(facts: AllFacts, runs: readonly CheckRun[], relations: Relations): Paths {
  const judge = layerJudge(runs, facts, relations);
  const paths = new Map<string, Path>();
  const behind = new Map<string, Behind>();
  const add = (key: string, to: ServicePath, edge: boolean, more: Partial<Path>): void => {
    const judged = judge(to, edge);
    paths.set(key, assemble(key, judged.answers, more));
    behind.set(key, judged.behind);
  };
  for (const path of facts.paths) add(path.key, path, false, describe(path));
  for (const backend of facts.dependencies.backends) {
    const key = edgeKey(backend);
    const to = servicePathOf(facts, backend);
    if (to === undefined || paths.has(key)) continue;
    add(key, to, true, { ...describe(to), host: backend.host ?? '*' });
  }
  return { paths: [...paths.values()], behind };
}

function describe(path: ServicePath): Partial<Path> {
  const { service, port } = path;
  return {
    service: `${service.namespace}/${service.name}`,
    ...(port === undefined ? {} : { port: port.port }),
  };
}

function edgeKey(backend: BackendRow): string {
  return `${backend.kind.toLowerCase()}/${backend.namespace}/${backend.name}#${backend.host ?? '*'}${backend.path ?? ''}`;
}

function servicePathOf(facts: AllFacts, backend: BackendRow): ServicePath | undefined {
  const service = facts.services.named(backend.service_namespace, backend.service);
  if (service === undefined) return undefined;
  const paths = facts.pathsOf(service);
  return paths.find(
    ({ port }) => port !== undefined && (String(port.port) === backend.port || port.name === backend.port),
  );
}

function assemble(key: string, answers: ReadonlyMap<Layer, Answer>, more: Partial<Path>): Path {
  const layers: Path['layers'] = {
    platform: 'unknown',
    pod: 'unknown',
    service: 'unknown',
    policy: 'unknown',
    dns: 'unknown',
    edge: 'unknown',
  };
  const because: Partial<Record<Layer, string>> = {};
  for (const [layer, answer] of answers) {
    layers[layer] = answer.status;
    if (answer.because !== undefined) because[layer] = answer.because;
  }
  return {
    key,
    ...more,
    layers,
    because,
    findings: [...new Set([...answers.values()].flatMap(({ findings }) => findings))],
  };
}
