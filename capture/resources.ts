/** Discovery once for all who need it: its documents go into the bundle, what it cannot tell becomes a gap. */
import type { CollectorContext } from './collector.ts';
import { type Resource, discover } from './discovery.ts';
import { ApiFailure, gapOf } from './failure.ts';
import { WITHOUT_DISCOVERY } from './kinds.ts';

/** The same promise for every caller; the first caller's collector gets the gaps. */
export function sharedResources(): (context: CollectorContext) => Promise<readonly Resource[]> {
  let promise: Promise<readonly Resource[]> | undefined;
  return (context) => (promise ??= listable(context));
}

async function listable(context: CollectorContext): Promise<readonly Resource[]> {
  try {
    const { resources, documents, failed } = await discover(context.api, context.signal);
    for (const [name, document] of documents) {
      const body = Buffer.from(`${JSON.stringify(document)}\n`);
      await context.write(`discovery/${name}`, context.redactor.text({ evidence: 'discovery' }, body));
    }
    for (const [groupVersion, words] of failed) {
      const what = {
        key: `discovery:${groupVersion}`,
        evidence: 'discovery',
        subject: { version: groupVersion },
      } as const;
      context.gap(gapOf(what, new ApiFailure('unavailable', words)));
    }
    return resources;
  } catch (error) {
    // The kinds that every cluster has are asked for all the same.
    context.gap(gapOf({ key: 'discovery', evidence: 'discovery', subject: {} }, error));
    return WITHOUT_DISCOVERY;
  }
}
