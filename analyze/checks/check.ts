/** What a check is: one file `analyze/checks/<layer>/<id>.ts` with a default export of this shape. Pure: no I/O, no clock. */
import type { CheckFinding } from '../model/finding.ts';
import type { Layer } from '../model/layer.ts';
import type { ObjectRef } from '../../src/core/ids.ts';
import type { Facts } from '../facts/facts.ts';

/**
 * Evidence a check cannot do without: a resource (`services`, `apps/deployments`), or one of the other kinds. A gap in
 * a need makes the check unknown for the namespaces that the gap covers.
 */
export type Need = `list:${string}` | 'logs' | `probe:${string}` | 'metrics' | 'nodes' | 'changes';

/** The answer for one object that a check looked at. */
export type Judged =
  | { readonly outcome: 'fail'; readonly finding: CheckFinding }
  | { readonly outcome: 'pass'; readonly object: ObjectRef }
  | {
      readonly outcome: 'unknown';
      readonly object?: ObjectRef;
      /** Key of the gap to blame. */
      readonly because: string;
      readonly detail: string;
    };

export interface Check {
  /** `service/selector-mismatch`; equal to its path. */
  readonly id: string;
  readonly layer: Layer;
  /** A noun phrase for the failing state. */
  readonly title: string;
  /** What its findings are, unless one says otherwise. */
  readonly role: 'cause' | 'symptom' | 'advice';
  readonly needs: readonly Need[];
  readonly explain: {
    /** The rule Kubernetes follows, and where it is written. */
    readonly rule: string;
    readonly notConfusedWith: readonly string[];
    readonly sources: readonly string[];
  };
  /** Ids of checks whose findings this one's findings can explain when they share an object; see causes/. */
  readonly explains: readonly string[];
  run(facts: Facts): readonly Judged[];
}
