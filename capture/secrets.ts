/**
 * Secrets without their values: metadata alone is asked for (its managedFields name the keys), but for those of type
 * kubernetes.io/tls, whose certificates are public; the redactor drops their private keys as they stream past.
 */
import { asRecord, isRecord } from '../src/core/json.ts';
import { failureOf } from './failure.ts';
import type { CollectorContext } from './collector.ts';
import type { PagedList } from './pager.ts';
import { type AnyResult, listAnyhow } from './server-memory.ts';

const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const TLS = 'type=kubernetes.io/tls';

/** Lists the Secrets behind `list.path`: first the TLS ones whole, then the metadata of all others. */
export async function listSecrets(
  context: CollectorContext,
  list: PagedList,
  item: (raw: Buffer) => Promise<void> | void,
): Promise<AnyResult> {
  const seen = new Set<string>();
  const fieldSelector = [list.query?.['fieldSelector'], TLS].filter((text) => text !== undefined).join(',');
  const whole = await listAnyhow(context, { ...list, query: { ...list.query, fieldSelector } }, (raw) => {
    seen.add(nameOf(raw));
    return item(raw);
  });
  if (whole.failure?.reason === 'forbidden') return whole;
  const rest = await listAnyhow(context, { ...list, accept: METADATA_ONLY }, (raw) => {
    const object = secretFrom(raw);
    return object === undefined || seen.has(nameOf(raw)) ? undefined : item(object);
  });
  const failure = rest.failure ?? whole.failure;
  return {
    ...rest,
    fromCache: whole.fromCache || rest.fromCache,
    failure: failure === undefined ? undefined : failureOf(failure),
  };
}

/** Metadata alone, named as what it is of: `PartialObjectMetadata` is a way of asking, not a kind. */
function secretFrom(raw: Buffer): Buffer | undefined {
  try {
    const object: unknown = JSON.parse(raw.toString('utf8'));
    if (!isRecord(object)) return undefined;
    return Buffer.from(JSON.stringify({ kind: 'Secret', apiVersion: 'v1', metadata: object['metadata'] }));
  } catch {
    return undefined;
  }
}

function nameOf(raw: Buffer): string {
  try {
    const { namespace, name } = asRecord(asRecord(JSON.parse(raw.toString('utf8')))['metadata']);
    return `${typeof namespace === 'string' ? namespace : ''}/${typeof name === 'string' ? name : ''}`;
  } catch {
    return '';
  }
}
