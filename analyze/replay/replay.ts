/** A path walked layer by layer at a time T; pure over the store and the verdict. */
import { UserError } from '../../src/core/errors.ts';
import { formatTime, parseTime, type Micros } from '../../src/core/time.ts';
import { STATIONS, type Replay, type ReplayStep } from '../model/replay.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Store } from '../store/store.ts';
import { momentsOf } from './moments.ts';
import type { Scene } from './scene.ts';
import { clientStep, dnsStep, edgeStep, platformStep, podStep, policyStep, serviceStep } from './stations.ts';
import { readSubject } from './subject.ts';

const STEPS: Readonly<Record<ReplayStep['station'], (scene: Scene) => ReplayStep>> = {
  client: clientStep,
  dns: dnsStep,
  edge: edgeStep,
  service: serviceStep,
  policy: policyStep,
  pod: podStep,
  platform: platformStep,
};

/**
 * The replay of one path of the verdict at `at` (microseconds UTC on the cluster's clock; default: the capture). At and
 * after the beginning of the capture the layers are exactly as the verdict has them; before that they are worked out
 * from what is left, each marked inferred or unknown, never observed. Needs the tables `timeline` and `findings`.
 *
 * @throws UserError `no-such-path`
 */
export function replayPath(store: Store, verdict: Verdict, pathKey: string, at?: Micros): Replay {
  return prepareReplay(store, verdict, pathKey)(at);
}

/**
 * The same for stepping through time: what does not depend on the moment is read once, so that each further moment
 * costs milliseconds.
 *
 * @throws UserError `no-such-path`
 */
export function prepareReplay(store: Store, verdict: Verdict, pathKey: string): (at?: Micros) => Replay {
  const subject = readSubject(store, verdict, pathKey);
  if (subject === undefined) {
    throw new UserError('no-such-path', `This bundle has no path ${pathKey}.`, {
      hint: 'inquest replay FILE --list prints the paths.',
    });
  }
  const moments = momentsOf(store, subject);
  const captured = parseTime(verdict.capturedAt) ?? subject.endedAt;
  return (at = captured) => {
    const scene: Scene = { store, subject, at, now: at >= Math.min(captured, subject.startedAt) };
    const steps = STATIONS.map((station) => STEPS[station](scene));
    const stop = steps.find((step) => step.status === 'fail')?.station;
    return {
      format: 'inquest-replay/1',
      path: pathKey,
      at: formatTime(at),
      capturedAt: verdict.capturedAt,
      moments,
      steps,
      ...(stop === undefined ? {} : { stopsAt: stop }),
    };
  };
}

/** The paths that `text` may mean: a key, `namespace/service`, or a Service's name; all of them without any text. */
export function findPaths(verdict: Verdict, text?: string): string[] {
  const keys = verdict.paths.map((path) => path.key);
  if (text === undefined) return keys;
  if (keys.includes(text)) return [text];
  const wanted = text.replace(/^(svc|service|services)\//i, '');
  return keys.filter((key) => {
    const [, namespace = '', name = ''] = /^[a-z]+\/([^/]+)\/([^/:#]+)/i.exec(key) ?? [];
    const after = key.slice(key.indexOf(name) + name.length);
    return [name, `${namespace}/${name}`].some(
      (spelling) => spelling === wanted || `${spelling}${after}` === wanted,
    );
  });
}

/** The path to show first: the first that the verdict's first root breaks, else the first that is broken, else any. */
export function mainPath(verdict: Verdict): string | undefined {
  const [root] = verdict.roots;
  const broken = verdict.paths.find((path) => root !== undefined && path.findings.includes(root));
  const failing = verdict.paths.find((path) => Object.values(path.layers).includes('fail'));
  return (broken ?? failing ?? verdict.paths[0])?.key;
}
