/**
 * How long the checks take by themselves. `every-check.ts make <store> <pods> <every so-manieth application is broken>`
 * loads such a cluster into a store; `every-check.ts time <dist> <store>`, in a process of its own, judges it as the
 * product does and prints JSON: milliseconds (and of them, of the processor's) of all checks, of each, of the whole verdict.
 */
import { pathToFileURL } from 'node:url';
import type { Check } from '../../analyze/checks/check.ts';
import type { runCheck as RunCheck } from '../../analyze/causes/run-checks.ts';
import type { allFacts as AllFacts } from '../../analyze/facts/facts.ts';
import type { judge as Judge } from '../../analyze/judge.ts';
import type { openStore as OpenStore } from '../../analyze/store/store.ts';
import { storeFrom } from '../support/evidence.ts';
import { clusterOf } from './cluster.ts';

const [, , what, ...args] = process.argv;
if (what === 'make') {
  const [store = '', pods, brokenEvery] = args;
  const made = storeFrom(clusterOf({ pods: Number(pods), brokenEvery: Number(brokenEvery) }), store);
  made.seal();
  made.close();
} else {
  const [dist = '', store = ''] = args;
  const load = async <T>(path: string): Promise<T> =>
    (await import(pathToFileURL(`${dist}/analyze/${path}.js`).href)) as T;
  const { checks } = await load<{ checks: readonly Check[] }>('checks/registry');
  const { runCheck } = await load<{ runCheck: typeof RunCheck }>('causes/run-checks');
  const { allFacts } = await load<{ allFacts: typeof AllFacts }>('facts/facts');
  const { judge } = await load<{ judge: typeof Judge }>('judge');
  const { openStore } = await load<{ openStore: typeof OpenStore }>('store/store');
  const open = openStore(store);
  const facts = allFacts(open);
  const cpu = process.cpuUsage();
  const since = (before: NodeJS.CpuUsage): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const begun = performance.now();
  const each = checks.map((check) => {
    const from = performance.now();
    const cpuFrom = process.cpuUsage();
    const { findings, passed, error } = runCheck(check, facts);
    return {
      id: check.id,
      ms: performance.now() - from,
      cpuMs: since(cpuFrom),
      findings: findings.length,
      passed: passed.size,
      error,
    };
  });
  const checksMs = performance.now() - begun;
  const checksCpuMs = since(cpu);
  const from = performance.now();
  const { roots, findings } = judge(open);
  const verdictMs = performance.now() - from;
  open.close();
  process.stdout.write(
    JSON.stringify({
      checksMs,
      checksCpuMs,
      verdictMs,
      roots: roots.length,
      findings: findings.length,
      each,
    }),
  );
}
