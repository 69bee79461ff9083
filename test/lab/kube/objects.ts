// Shapes of Kubernetes objects as tests handle them: only what every object has is typed.
import { parseAllDocuments } from 'yaml';
import { LabError } from '../lab-error.ts';
import { field, items } from '../values.ts';

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** Names one object. `apiVersion` may be left out for kinds of the core group (`v1`). */
export interface Ref {
  apiVersion?: string;
  kind: string;
  name: string;
  /** None means that of the kubeconfig's context. */
  namespace?: string;
}

export interface KindRef {
  apiVersion?: string;
  kind: string;
  /** None means that of the kubeconfig's context; `*` means all. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** What the API server said instead of doing it. */
export class KubeError extends LabError {
  readonly status: number;
  /** `NotFound`, `Forbidden`, `Conflict` …; empty when the answer was no Status object. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }
}

/** Whether `status.conditions` has that type at that status (`True` unless told). */
export function hasCondition(object: unknown, type: string, status = 'True'): boolean {
  return items(object, 'status.conditions').some(
    (one) => field(one, 'type') === type && field(one, 'status') === status,
  );
}

/** One object, several, or YAML with any number of documents, as a list. */
export function objectsOf(what: string | KubeObject | readonly KubeObject[]): KubeObject[] {
  if (typeof what === 'string') {
    const documents: (KubeObject | null)[] = parseAllDocuments(what).map((document) => document.toJS());
    return documents.filter((object) => object !== null);
  }
  return 'kind' in what ? [what] : [...what];
}
