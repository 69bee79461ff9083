/** Who wrote a field of a Service last, by its managedFields: an upper bound for when it was changed. */
import type { Facts } from '../facts.ts';
import { ownsField, type WriteFact } from '../objects.ts';
import type { ServiceFact } from '../services.ts';

type Field = 'selector' | 'ports';

/** The last write of the manager that owns the field. */
export function lastWrite(facts: Facts, service: ServiceFact, field: Field): WriteFact | undefined {
  return facts
    .writes(service)
    .findLast((write) => write.subresource === undefined && ownsField(write, ['spec', field]));
}

/** That write, in words. */
export function writtenBy({ manager }: WriteFact, field: Field): string {
  return `managedFields: ${manager === '' ? 'somebody' : manager} wrote the ${field} of the Service then, or before`;
}
