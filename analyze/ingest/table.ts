/** What a typed table's filler is: one file `analyze/ingest/tables/<table>.ts` with a default export of this shape. */
import type { StoreWriter } from '../store/writer.ts';
import type { Fields } from './read.ts';

/** The object being loaded, as `objects` has it. */
export interface ObjectMeta {
  readonly id: number;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly createdAt: number | null;
  readonly deletionAt: number | null;
  readonly metadata: Fields;
}

export interface Table {
  readonly id: string;
  /** Resource ids (`pods`, `apps/deployments`) whose objects it reads. */
  readonly resources: readonly string[];
  /** Called once a load; returns what adds one object's rows. */
  start(out: StoreWriter): (object: Fields, meta: ObjectMeta) => void;
}
