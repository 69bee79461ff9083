/** What a check is: one file `analyze/checks/<layer>/<id>.ts` with a default export of this shape. Pure: no I/O, no clock. */
import type { CheckFinding } from '../model/finding.ts';
import type { Layer } from '../model/layer.ts';
import type { Sharing } from '../model/sharing.ts';
import type { ObjectRef } from '../../src/core/ids.ts';
import type { Facts } from '../facts/facts.ts';

export type { Sharing };

/**
 * Evidence a check cannot do without: a resource (`services`, `apps/deployments`), or one of the other kinds. A gap in
 * a need makes the check unknown for the namespaces that the gap covers.
 */
export type Need = `list:${string}` | 'logs' | `probe:${string}` | 'metrics' | 'nodes' | 'health' | 'changes';

/** The answer for one object that a check looked at. */
export type Judged =
  | { readonly outcome: 'fail'; readonly finding: CheckFinding }
  | {
      readonly outcome: 'pass';
      readonly object: ObjectRef;
      /** What speaks against the fault here, as a clause: `the selector takes 2 pods`. Shown by `--why-not`. */
      readonly because?: string;
    }
  | {
      readonly outcome: 'unknown';
      readonly object?: ObjectRef;
      /** Key of the gap to blame. */
      readonly because: string;
      readonly detail: string;
    };

/** Which findings of another check this one's findings explain. */
export interface Relation {
  /** Id of the check whose findings are the consequences. */
  readonly check: string;
  readonly sharing: Sharing;
  /** Only its findings of this part (what stands behind `#` in their keys). */
  readonly part?: string;
  /** Only where this check's own finding is of this role: what merely shows another's fault explains less. */
  readonly from?: 'cause';
  /** Only its findings of this role: what is broken by itself needs no such cause. */
  readonly to?: 'symptom';
}

export interface Check {
  /** `service/selector-mismatch`; equal to its path. */
  readonly id: string;
  readonly layer: Layer;
  /** A noun phrase for the failing state. */
  readonly title: string;
  /** What its findings are, unless one says otherwise. */
  readonly role: 'cause' | 'symptom' | 'advice';
  readonly needs: readonly Need[];
  /** Evidence that makes an answer better but is not needed for one: it may be read, and a gap in it decides nothing. */
  readonly uses?: readonly Need[];
  /**
   * Needs of which a partial list leaves a *fail* standing, because it rests on what is there and not on what is
   * absent. For every other need a gap turns fails and passes of the namespaces it covers into *unknown*.
   */
  readonly holdsDespite?: readonly Need[];
  /**
   * Lists of `needs` that part of the answers do without: the check runs all the same, and none of its answers is taken
   * back. It is unknown beside them.
   */
  readonly judgesWithout?: readonly Need[];
  readonly explain: {
    /** The rule Kubernetes follows, and where it is written. */
    readonly rule: string;
    readonly notConfusedWith: readonly string[];
    readonly sources: readonly string[];
  };
  /** Whose findings this one's findings explain; an id alone means: when they share an object. See causes/. */
  readonly explains: ReadonlyArray<string | Relation>;
  /**
   * Its findings stand only because every pod they involve is struck: what touches some of those pods explains one only
   * together with what touches the rest.
   */
  readonly wantsAllPods?: boolean;
  /**
   * Its findings are about pods that are wanted and not there: they explain what lacks pods, and nothing of pods that live
   * and could serve.
   */
  readonly aboutMissingPods?: boolean;
  run(facts: Facts): readonly Judged[];
}
