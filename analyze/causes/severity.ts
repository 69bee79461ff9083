/**
 * How bad each finding is, by one rule: what those who ask lose. A check says how bad its fault is where it strikes; which
 * paths it breaks, and whether anybody is known to come along them, only all findings together tell.
 */
import type { Check } from '../checks/check.ts';
import { DEPENDENTS } from '../facts/services/backing.ts';
import { clientsOf } from '../facts/services/clients.ts';
import { WORKLOADS, type AllFacts } from '../facts/facts.ts';
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
 * - `critical`: it, or what follows from it, is critical where it strikes, and stops a path that comes from an edge or whose
 *   Service has a known client;
 * - `warning`: the paths it is on serve all the same, with less behind them, or nobody is known to come along them;
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
    const { role, severity, check, key } = finding;
    if (role === 'advice' || severity === 'advice' || everywhere.has(check)) return finding;
    const struck = [...graph.closure(key)].flatMap((one) => on.get(one) ?? []);
    if (struck.length === 0)
      return severity === 'critical' && lacking.has(check) && served(finding)
        ? { ...finding, severity: 'warning' as const, detail: `${finding.detail} ${SERVES}` }
        : finding;
    const asked = struck.map((one) => one.stops && isAsked(one.path));
    if (asked.includes(true))
      return finding.confidence === 'possible' ? finding : { ...finding, severity: 'critical' as const };
    if (asked.includes(undefined) || severity !== 'critical') return finding;
    const why = struck.some(({ stops }) => stops) ? NOBODY : SERVES;
    return { ...finding, severity: 'warning' as const, detail: `${finding.detail} ${why}` };
  });
}

const NOBODY = 'A warning, since nobody in the bundle is known to come along what it breaks.';
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
  const severe = new Set(findings.flatMap(({ key, severity }) => (severity === 'critical' ? [key] : [])));
  const on = new Map<string, Struck[]>();
  for (const path of paths) {
    for (const key of path.findings) {
      const one = { path, stops: isBroken(path) && severe.has(key) };
      const list = on.get(key);
      if (list === undefined) on.set(key, [one]);
      else list.push(one);
    }
  }
  return on;
}

/** Whether somebody is known to come along a path; undefined where what would tell did not come whole. */
function askedPaths(facts: AllFacts): (path: Path) => boolean | undefined {
  const seen = narrow(facts, 'severity', [...CLIENTS, 'list:services', 'probe:connect']);
  const known = new Map<string, boolean | undefined>();
  const ask = (service: ServiceFact): boolean | undefined => {
    if (clientsOf(seen, service).length > 0) return true;
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
