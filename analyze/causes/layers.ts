/** What each layer of a path looks like: by the findings on its Service, on what stands behind it, and on what carries that. */
import { objectKey } from '../../src/core/ids.ts';
import type { ServicePort } from '../../src/k8s/service-ports.ts';
import type { AllFacts } from '../facts/facts.ts';
import type { ServicePath } from '../facts/services.ts';
import type { Finding } from '../model/finding.ts';
import { LAYERS, type Layer, type LayerStatus } from '../model/layer.ts';
import type { Unknown } from '../model/verdict.ts';
import { behindPath, living, serves, type Behind } from './behind.ts';
import { objectsOf } from './graph.ts';
import type { Relations } from './relations.ts';
import type { CheckRun } from './run-checks.ts';

/** What stands in `because` where this version has no check for a layer. */
export const NO_CHECK = 'no-check';

export interface Answer {
  readonly status: LayerStatus;
  readonly because?: string;
  readonly findings: readonly string[];
}

/** Judges each layer of one path. */
type JudgePath = (path: ServicePath, edge: boolean) => { answers: Map<Layer, Answer>; behind: Behind };

export function layerJudge(runs: readonly CheckRun[], facts: AllFacts, relations: Relations): JudgePath {
  const judged = new Set(runs.filter(({ error }) => error === undefined).map(({ check }) => check.layer));
  const findings = findingIndex(runs, objectsOf);
  const beneath = beneathOf(runs, relations);
  const unknown = runs.flatMap((run) => run.unknown.map((one) => ({ ...one, layer: run.check.layer })));
  const evidence = platformEvidence(runs);
  return (path, edge) => {
    const answers = new Map<Layer, Answer>();
    const { ref, namespace } = path.service;
    const service = objectKey(ref);
    const onService = findings(service).filter((finding) => concerns(finding, path));
    const behind = behindPath(path, onService, facts);
    const platform =
      platformAnswer(behind, beneath, namespace) ?? blindAnswer(behind, evidence, namespace, facts);
    for (const layer of LAYERS) {
      const found = onService.filter((finding) => finding.layer === layer);
      if (layer === 'edge' && !edge) answers.set(layer, { status: 'none', findings: [] });
      else if (!judged.has(layer)) answers.set(layer, { status: 'unknown', because: NO_CHECK, findings: [] });
      else if (layer === 'pod') {
        const gap = path.service.selector === undefined ? undefined : doubt(unknown, 'pod', namespace);
        answers.set(layer, podAnswer(behind, findings, platform, gap));
      } else {
        const answer = answerOf(found, doubt(unknown, layer, namespace, service));
        answers.set(layer, layer === 'platform' ? worse(answer, platform) : answer);
      }
    }
    return { answers, behind };
  };
}

/** What each finding of the platform strikes, by the relations over which its check explains that a Service is empty. */
function emptying(runs: readonly CheckRun[], relations: Relations): (finding: Finding) => Iterable<string> {
  const ways = new Map(
    runs.map(({ check }) => [
      check.id,
      new Set(
        check.explains.flatMap((one) => {
          const { check: id, sharing } = typeof one === 'string' ? { check: one, sharing: 'object' } : one;
          return id === 'service/no-endpoints' ? [sharing] : [];
        }),
      ),
    ]),
  );
  return (finding) => {
    const by = ways.get(finding.check);
    return [
      ...(by?.has('object') === true ? objectsOf(finding) : []),
      ...(by?.has('hosts') === true
        ? [...relations.reach(finding, 'hosts').objects].filter((key) => key.startsWith('Pod/'))
        : []),
    ];
  };
}

type FindingsOf = (key: string) => readonly Finding[];

/** Findings of the platform, by what they strike. */
interface Beneath {
  readonly of: FindingsOf;
  /** Whether they are about anything of a namespace: of most there is nothing to look for. */
  inNamespace(namespace: string): boolean;
}

function beneathOf(runs: readonly CheckRun[], relations: Relations): Beneath {
  const platform = runs.filter(({ check }) => check.layer === 'platform');
  const namespaces = new Set(
    platform
      .flatMap(({ findings }) => findings)
      .flatMap(({ object, involves }) => [object, ...involves].flatMap(({ namespace }) => namespace ?? [])),
  );
  return {
    of: findingIndex(platform, emptying(runs, relations)),
    inNamespace: (namespace) => namespaces.has(namespace),
  };
}

/**
 * What the platform does to the pods behind a path. It stops the path where no pod serves and some are struck, or where none
 * is there and what should make them is refused; where some serve, it takes away from what they can bear.
 */
function platformAnswer(behind: Behind, beneath: Beneath, namespace: string): Answer | undefined {
  const unready = behind.pods.filter(({ ready, terminating }) => ready !== 'True' || terminating);
  const struck = keysOf(unready.flatMap(({ ref }) => beneath.of(objectKey(ref))));
  const refused = beneath.inNamespace(namespace)
    ? keysOf(behind.workloads.flatMap(({ ref }) => beneath.of(objectKey(ref))))
    : [];
  if (struck.length + refused.length === 0) return undefined;
  if (serves(behind)) return { status: 'pass', findings: [...struck, ...refused] };
  if (living(behind).length === 0) return { status: 'fail', findings: [...struck, ...refused] };
  return struck.length > 0 ? { status: 'fail', findings: struck } : { status: 'pass', findings: refused };
}

/** The lists that the checks of the platform read which may tell why nothing is behind a Service. */
function platformEvidence(runs: readonly CheckRun[]): readonly string[] {
  const lists = runs
    .filter(({ check }) => check.layer === 'platform')
    .flatMap(({ check }) => [...check.needs, ...(check.uses ?? [])])
    .flatMap((need) => (need.startsWith('list:') ? [need.slice('list:'.length)] : []));
  return [...new Set(lists)];
}

/** Where no pod serves, a platform of which nothing is known but what some lists would tell is not said to be well. */
function blindAnswer(
  behind: Behind,
  lists: readonly string[],
  namespace: string,
  { coverage }: AllFacts,
): Answer | undefined {
  if (serves(behind)) return undefined;
  for (const resource of lists) {
    const known = coverage.of(resource, namespace);
    if (!known.known) return { status: 'unknown', because: known.gap, findings: [] };
  }
  return undefined;
}

function keysOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ key }) => key))];
}

const WORST = ['fail', 'unknown', 'pass'] as const satisfies readonly LayerStatus[];

/** Two answers for one layer: what fails decides, then what is not known. */
function worse(one: Answer, other: Answer | undefined): Answer {
  if (other === undefined) return one;
  const answers = [one, other];
  const [decisive] = WORST.flatMap((status) => answers.find((answer) => answer.status === status) ?? []);
  const { status, because } = decisive ?? one;
  return {
    status,
    ...(because === undefined ? {} : { because }),
    findings: answers.flatMap((answer) =>
      status !== 'fail' || answer.status === 'fail' ? answer.findings : [],
    ),
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

/** `gap`: for which pods of this path may not have been seen, or not have been judged. */
function podAnswer(
  behind: Behind,
  findings: FindingsOf,
  platform: Answer | undefined,
  gap: string | undefined,
): Answer {
  const onPods = (list: Behind['pods'] | Behind['workloads']): string[] =>
    keysOf(list.flatMap(({ ref }) => findings(objectKey(ref))).filter(({ layer }) => layer === 'pod'));
  const keys = onPods(behind.pods);
  if (serves(behind)) return { status: 'pass', findings: keys };
  // Of pods that are not there, what should make them tells.
  const missing = living(behind).length === 0 ? onPods(behind.workloads) : [];
  const all = [...new Set([...keys, ...missing])];
  if (all.length > 0) return { status: 'fail', findings: all };
  if (platform?.status === 'fail') return { status: 'fail', findings: platform.findings };
  if (behind.pods.length === 0 && gap === undefined) return { status: 'none', findings: [] };
  return { status: 'unknown', because: gap ?? 'no-finding', findings: [] };
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

function findingIndex(
  runs: readonly CheckRun[],
  keysFor: (finding: Finding) => Iterable<string>,
): FindingsOf {
  const index = new Map<string, Finding[]>();
  for (const finding of runs.flatMap((run) => run.findings)) {
    if (finding.role === 'advice') continue;
    for (const key of keysFor(finding)) {
      const list = index.get(key);
      if (list) list.push(finding);
      else index.set(key, [finding]);
    }
  }
  return (key) => index.get(key) ?? [];
}
