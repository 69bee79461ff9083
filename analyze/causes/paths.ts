/** The ways requests travel, and what each layer of each looks like: judged also where another layer already fails. */
import { objectKey } from '../../src/core/ids.ts';
import type { ServicePort } from '../../src/k8s/service-ports.ts';
import type { AllFacts } from '../facts/facts.ts';
import type { BackendRow } from '../facts/object-rows.ts';
import type { PodFact } from '../facts/pods.ts';
import type { ServiceFact, ServicePath } from '../facts/services.ts';
import type { Finding } from '../model/finding.ts';
import { LAYERS, type Layer, type LayerStatus } from '../model/layer.ts';
import type { Path, Unknown } from '../model/verdict.ts';
import { objectsOf } from './graph.ts';
import type { CheckRun } from './run-checks.ts';

/** What stands in `because` where this version has no check for a layer. */
export const NO_CHECK = 'no-check';

interface Answer {
  readonly status: LayerStatus;
  readonly because?: string;
  readonly findings: readonly string[];
}

/** One path for each Service port, and one for each rule of an edge that leads to a Service. */
export function buildPaths(facts: AllFacts, runs: readonly CheckRun[]): Path[] {
  const judge = layerJudge(runs, facts);
  const paths = new Map<string, Path>();
  for (const path of facts.paths) paths.set(path.key, assemble(path.key, judge(path, false), describe(path)));
  for (const backend of facts.dependencies.backends) {
    const key = edgeKey(backend);
    const to = servicePathOf(facts, backend);
    if (to === undefined || paths.has(key)) continue;
    paths.set(key, assemble(key, judge(to, true), { ...describe(to), host: backend.host ?? '*' }));
  }
  return [...paths.values()];
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

type JudgePath = (path: ServicePath, edge: boolean) => Map<Layer, Answer>;

function layerJudge(runs: readonly CheckRun[], facts: AllFacts): JudgePath {
  const judged = new Set(runs.filter(({ error }) => error === undefined).map(({ check }) => check.layer));
  const findings = findingIndex(runs);
  const unknown = runs.flatMap((run) => run.unknown.map((one) => ({ ...one, layer: run.check.layer })));
  return (path, edge) => {
    const answers = new Map<Layer, Answer>();
    const service = objectKey(path.service.ref);
    const onService = findings(service).filter((finding) => concerns(finding, path));
    const backing = backingPods(path, onService, facts);
    for (const layer of LAYERS) {
      if (layer === 'edge' && !edge) answers.set(layer, { status: 'none', findings: [] });
      else if (!judged.has(layer)) answers.set(layer, { status: 'unknown', because: NO_CHECK, findings: [] });
      else if (layer === 'pod') answers.set(layer, podAnswer(backing, findings, unknown, path.service));
      else {
        const found = onService.filter((finding) => finding.layer === layer);
        answers.set(layer, answerOf(found, doubt(unknown, layer, path.service.namespace, service)));
      }
    }
    return answers;
  };
}

/** A finding on some ports of a Service carries the port in its key and says nothing of the others. */
function concerns(finding: Finding, path: ServicePath): boolean {
  const hash = finding.key.indexOf('#');
  if (hash < 0 || finding.object.kind !== 'Service') return true;
  const part = finding.key.slice(hash + 1);
  const isOf = ({ name, port }: ServicePort): boolean => part === name || part === String(port);
  // What is no port's name tells findings apart that are of the whole Service.
  if (!path.service.ports.some(isOf)) return true;
  return path.port !== undefined && isOf(path.port);
}

/** The pods behind a path: those selected, or those that would be once what is wrong with the selector is mended. */
function backingPods(path: ServicePath, onService: readonly Finding[], facts: AllFacts): readonly PodFact[] {
  if (path.pods.length > 0) return path.pods;
  const meant = onService
    .filter(({ role }) => role === 'cause')
    .flatMap(({ involves }) => involves)
    .filter(({ kind }) => kind === 'Pod')
    .map(({ namespace = '', name }) => facts.pods.named(namespace, name));
  return meant.filter((pod) => pod !== undefined);
}

function podAnswer(
  pods: readonly PodFact[],
  findings: (key: string) => readonly Finding[],
  unknown: ReadonlyArray<Unknown & { layer: Layer }>,
  { namespace, selector }: ServiceFact,
): Answer {
  const [first] = pods;
  if (first === undefined) {
    // No pod, or none that could be listed.
    const because = selector === undefined ? undefined : doubt(unknown, 'pod', namespace);
    return because === undefined
      ? { status: 'none', findings: [] }
      : { status: 'unknown', because, findings: [] };
  }
  const found = [...new Set(pods.flatMap((pod) => findings(objectKey(pod.ref))))].filter(
    ({ layer }) => layer === 'pod',
  );
  const keys = found.map(({ key }) => key);
  if (pods.some((pod) => pod.ready === 'True' && !pod.terminating)) return { status: 'pass', findings: keys };
  if (found.length > 0) return { status: 'fail', findings: keys };
  return { status: 'unknown', because: doubt(unknown, 'pod', first.namespace) ?? 'no-finding', findings: [] };
}

function answerOf(found: readonly Finding[], because: string | undefined): Answer {
  const findings = found.map(({ key }) => key);
  if (found.length > 0) return { status: 'fail', findings };
  return because === undefined ? { status: 'pass', findings } : { status: 'unknown', because, findings };
}

/** The gap for which a layer cannot be said to be well here; undefined when every check of it could answer. */
function doubt(
  unknown: ReadonlyArray<Unknown & { layer: Layer }>,
  layer: Layer,
  namespace: string,
  object?: string,
): string | undefined {
  return unknown.find(
    (one) =>
      one.layer === layer &&
      (one.object === undefined
        ? !one.because.includes('@') || one.because.endsWith(`@${namespace}`)
        : objectKey(one.object) === object),
  )?.because;
}

function findingIndex(runs: readonly CheckRun[]): (key: string) => readonly Finding[] {
  const index = new Map<string, Finding[]>();
  for (const finding of runs.flatMap((run) => run.findings)) {
    if (finding.role === 'advice') continue;
    for (const key of objectsOf(finding)) {
      const list = index.get(key);
      if (list) list.push(finding);
      else index.set(key, [finding]);
    }
  }
  return (key) => index.get(key) ?? [];
}
