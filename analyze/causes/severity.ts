/**
 * How bad each finding is, by one rule: what those who ask lose. A check says how bad its fault is where it strikes; which
 * paths it breaks, and whether anybody is known to come along them, only all findings together tell.
 */
import type { Check } from '../checks/check.ts';
import { DEPENDENTS } from '../facts/services/backing.ts';
import { clientsOf } from '../facts/services/clients.ts';
import { WORKLOADS, type AllFacts } from '../facts/facts.ts';
import { servedLately } from '../facts/services/served.ts';
import { narrow } from '../facts/narrow.ts';
import { once } from '../facts/read.ts';
import type { ServiceFact } from '../facts/services.ts';
import type { Finding } from '../model/finding.ts';
import type { Path } from '../model/verdict.ts';
import type { CauseGraph } from './graph.ts';
import { isBroken } from './rank.ts';
import { servicesStruck } from './relations.ts';

/** What tells who comes along a path, besides `probe:connect`. */
const CLIENTS = [...new Set([...WORKLOADS, ...DEPENDENTS, 'list:networking.k8s.io/ingresses' as const])];

/**
 * - `critical`: it, or what follows from it, is critical where it strikes, and stops a path that comes from an edge, whose
 *   Service has a known client, or whose Service is shown to have answered within the last day;
 * - `warning`: the paths it is on serve all the same, with less behind them, or something else stops them, or nobody is known
 *   to come along them and nothing shows that they served of late;
 * - `warning`, too, of pods that are missing behind Services which answer without them;
 * - as its check has it: it is on no path (a worker that nothing asks, a node without pods), strikes the whole cluster, or
 *   who comes along its paths cannot be told because the evidence is missing.
 *
 * Advice stays advice, and a guess (`possible`) is never made worse than its check has it.
 */
export function weighed(
  findings: readonly Finding[],
  checks: readonly Check[],
  graph: CauseGraph,
  paths: readonly Path[],
  facts: AllFacts,
): Finding[] {
  const everywhere = new Set(checks.filter(strikesTheCluster).map(({ id }) => id));
  const on = pathsByFinding(findings, paths);
  const lacking = new Set(
    checks.flatMap(({ id, aboutMissingPods }) => (aboutMissingPods === true ? [id] : [])),
  );
  const served = servedAllTheSame(facts, paths);
  const isAsked = askedPaths(facts);
  return findings.map((finding) => {
    const { role, severity, check, key, detail } = finding;
    if (role === 'advice' || severity === 'advice' || everywhere.has(check)) return finding;
    const struck = [...graph.closure(key)].flatMap((one) => on.get(one) ?? []);
    if (struck.length === 0)
      return severity === 'critical' && lacking.has(check) && served(finding)
        ? { ...finding, severity: 'warning' as const, detail: `${detail} ${SERVES}` }
        : finding;
    const asked = struck.map((one): Asked => (one.stops ? isAsked(one.path) : false));
    const isGuess = finding.confidence === 'possible';
    if (asked.includes(true)) return isGuess ? finding : { ...finding, severity: 'critical' as const };
    const lost = asked.find((one) => typeof one === 'string');
    if (lost !== undefined)
      return isGuess
        ? finding
        : { ...finding, severity: 'critical' as const, detail: withWords(detail, lost) };
    if (asked.includes(undefined) || severity !== 'critical') return finding;
    return { ...finding, severity: 'warning' as const, detail: `${detail} ${mildness(struck)}` };
  });
}

/** Whether somebody comes along a path; words: nobody is known to, and it served of late; undefined: it cannot be told. */
type Asked = boolean | string | undefined;

function withWords(detail: string, served: string): string {
  return detail.includes(served)
    ? detail
    : `${detail} Critical although nobody in the bundle is known to ask: ${served}.`;
}

function mildness(struck: readonly Struck[]): string {
  if (struck.some(({ stops }) => stops)) return NOBODY;
  return struck.some(({ path }) => isBroken(path)) ? STOPPED : SERVES;
}

const NOBODY = 'A warning, since nobody in the bundle is known to come along what it breaks.';
const STOPPED = 'A warning, since what it strikes is stopped by something else already.';
const SERVES = 'A warning, since every path that it strikes serves all the same.';

function strikesTheCluster({ explains }: Check): boolean {
  return explains.some((one) => typeof one !== 'string' && one.sharing === 'cluster');
}

/**
 * Whether every Service that the missing pods would be behind answers without them, as in a rollout that is refused its pods
 * beyond those of before: such a path is whole, and names nothing that is missing.
 */
function servedAllTheSame(facts: AllFacts, paths: readonly Path[]): (finding: Finding) => boolean {
  const byService = once(() => Map.groupBy(paths, ({ service }) => service ?? ''));
  return (finding) => {
    const behind = servicesStruck(facts, finding).flatMap(
      ({ namespace, name }) => byService().get(`${namespace}/${name}`) ?? [],
    );
    return behind.length > 0 && !behind.some(isBroken);
  };
}

interface Struck {
  readonly path: Path;
  /** The path is broken, and the finding on it is of those that break, where it strikes. */
  readonly stops: boolean;
}

function pathsByFinding(findings: readonly Finding[], paths: readonly Path[]): Map<string, Struck[]> {
  const severe = new Map(
    findings.flatMap(({ key, severity, layer }) => (severity === 'critical' ? [[key, layer] as const] : [])),
  );
  const on = new Map<string, Struck[]>();
  for (const path of paths) {
    for (const key of path.findings) {
      const layer = severe.get(key);
      const one = { path, stops: layer !== undefined && path.layers[layer] === 'fail' };
      const list = on.get(key);
      if (list === undefined) on.set(key, [one]);
      else list.push(one);
    }
  }
  return on;
}

function askedPaths(facts: AllFacts): (path: Path) => Asked {
  const seen = narrow(facts, 'severity', [
    ...CLIENTS,
    'list:services',
    'list:discovery.k8s.io/endpointslices',
    'probe:connect',
    'changes',
  ]);
  const known = new Map<string, Asked>();
  const ask = (service: ServiceFact): Asked => {
    if (clientsOf(seen, service).length > 0) return true;
    // By names in Secrets, from outside, or built in programs: not all who ask can be seen.
    const served = servedLately(seen, service);
    if (served !== undefined) return served.words;
    const blind = CLIENTS.some(
      (need) =>
        need.startsWith('list:') && !facts.coverage.of(need.slice('list:'.length), service.namespace).known,
    );
    return blind ? undefined : false;
  };
  return ({ host, service: name }) => {
    if (host !== undefined) return true;
    const key = name ?? '';
    if (!known.has(key)) {
      const [namespace = '', own = ''] = key.split('/');
      const service = facts.services.named(namespace, own);
      known.set(key, service === undefined ? false : ask(service));
    }
    return known.get(key);
  };
}
