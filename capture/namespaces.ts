/** Where to list when the whole cluster is forbidden: the namespaces where this user may list anything at all. */
import { z } from 'zod';
import { asRecord } from '../src/core/json.ts';
import type { CollectorContext } from './collector.ts';
import { listAnyhow } from './server-memory.ts';

/** More than this would be thousands of requests for a user who may see little of it. */
const MOST = 50;

const rulesSchema = z.looseObject({
  status: z.looseObject({
    incomplete: z.boolean().nullish(),
    resourceRules: z.array(z.looseObject({ verbs: z.array(z.string()) })).nullish(),
  }),
});

/** The kubeconfig's namespace first, whatever the reviews say of it. */
export async function fallbackNamespaces(context: CollectorContext): Promise<readonly string[]> {
  const names: string[] = [];
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  await listAnyhow(context, { path: '/api/v1/namespaces', accept, signal: context.signal }, (raw) => {
    const { name } = asRecord(asRecord(JSON.parse(raw.toString('utf8')))['metadata']);
    if (typeof name === 'string' && name !== context.homeNamespace) names.push(name);
  });
  const rights = await Promise.all(
    names.map(async (name) =>
      (await context.queues.others.add(() => mayList(context, name))) ? name : undefined,
    ),
  );
  return [context.homeNamespace, ...rights.filter((name) => name !== undefined)].slice(0, MOST);
}

/** False only when the server says for certain that nothing can be listed there (`SelfSubjectRulesReview`). */
async function mayList(context: CollectorContext, namespace: string): Promise<boolean> {
  try {
    const answer = await context.api.json({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      body: { kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.k8s.io/v1', spec: { namespace } },
      signal: context.signal,
    });
    const { incomplete, resourceRules } = rulesSchema.parse(answer).status;
    if (incomplete === true) return true;
    return (resourceRules ?? []).some(({ verbs }) => verbs.includes('list') || verbs.includes('*'));
  } catch {
    return true;
  }
}
