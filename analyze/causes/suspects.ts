/** What changed last before a finding began: rollouts, scalings, deletions, writes, nodes, deliveries, ranked. No proof. */
import { objectKey } from '../../src/core/ids.ts';
import { HOUR, parseTime, type Micros } from '../../src/core/time.ts';
import type { AllFacts } from '../facts/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Suspect } from '../model/verdict.ts';
import type { Store } from '../store/store.ts';
import argoCd from './changes/argo-cd.ts';
import deletions from './changes/deletions.ts';
import flux from './changes/flux.ts';
import helm from './changes/helm.ts';
import nodes from './changes/nodes.ts';
import rollouts from './changes/rollouts.ts';
import scalings from './changes/scalings.ts';
import { sceneOf, type ChangeSource, type Found } from './changes/scene.ts';
import writes from './changes/writes.ts';

/** How far back something still counts as "just before". */
const WINDOW = 6 * HOUR;
const MOST = 8;
/** A change to something far counts as if it had been so many times longer ago. */
const FAR = 4;

const SOURCES: readonly ChangeSource[] = [rollouts, scalings, deletions, writes, nodes, helm, argoCd, flux];

/** The suspects for one finding; none where it is not known when it began. */
export function suspectsOf(finding: Finding, facts: AllFacts, store: Store): Suspect[] {
  const began = beginning(finding);
  if (began === undefined) return [];
  const until = began + facts.clock.tolerance;
  const scene = sceneOf(finding, facts, store, until - WINDOW, until);
  const found = SOURCES.flatMap((source) => source(scene));
  const seen = new Set<string>();
  return found
    .filter((one) => !saysItself(finding, one))
    .filter((one) => {
      const key = `${objectKey(one.object)} ${one.at} ${one.summary}`;
      return !seen.has(key) && seen.add(key);
    })
    .map((one) => ({ ...one, beforeMs: Math.max(0, Math.round((began - one.when) / 1000)) }))
    .toSorted((a, b) => distance(a) - distance(b) || Number(b.near) - Number(a.near))
    .slice(0, MOST)
    .map(suspectOf);
}

/** The deletion that a finding is about is no mere suspect of it. */
function saysItself({ check, involves }: Finding, { object }: Found): boolean {
  return check === 'service/workload-deleted' && involves.some((ref) => objectKey(ref) === objectKey(object));
}

/** In time, and further where the change was to something that is merely shared. */
function distance({ near, beforeMs }: Found & Pick<Suspect, 'beforeMs'>): number {
  return near ? beforeMs : beforeMs * FAR;
}

function suspectOf({
  at,
  beforeMs,
  object,
  summary,
  basis,
  source,
}: Found & Pick<Suspect, 'beforeMs'>): Suspect {
  return { at, beforeMs, object, summary, basis, source };
}

/** Of what was observed, its first moment: the rest is its course. Of what is inferred, the last moment it can have been. */
function beginning({ since: { from, to, basis } }: Finding): Micros | undefined {
  return basis === 'observed' ? parseTime(from ?? to) : parseTime(to ?? from);
}
