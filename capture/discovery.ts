/** What kinds a cluster serves: the aggregated discovery documents, and the older ones where those are not served. */
import { z } from 'zod';
import type { ApiClient } from './http.ts';
import { ApiFailure } from './failure.ts';

/** One listable kind in the version that its group prefers. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface Discovery {
  readonly resources: readonly Resource[];
  /** `discovery/<name>` of the bundle, as served. */
  readonly documents: ReadonlyMap<string, unknown>;
  /** Group versions whose server does not answer, with why. */
  readonly failed: ReadonlyMap<string, string>;
}

const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

const aggregatedSchema = z.looseObject({
  kind: z.literal('APIGroupDiscoveryList'),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string().nullish() }).nullish(),
      versions: z
        .array(
          z.looseObject({
            version: z.string(),
            freshness: z.string().nullish(),
            resources: z
              .array(
                z.looseObject({
                  resource: z.string(),
                  responseKind: z.looseObject({ kind: z.string().nullish() }).nullish(),
                  scope: z.string().nullish(),
                  verbs: z.array(z.string()).nullish(),
                }),
              )
              .nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});

const groupListSchema = z.looseObject({
  groups: z
    .array(
      z.looseObject({
        name: z.string(),
        versions: z.array(z.looseObject({ version: z.string() })).nullish(),
        preferredVersion: z.looseObject({ version: z.string() }).nullish(),
      }),
    )
    .nullish(),
});

const resourceListSchema = z.looseObject({
  resources: z
    .array(
      z.looseObject({
        name: z.string(),
        kind: z.string(),
        namespaced: z.boolean(),
        verbs: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

/**
 * Asks for everything the cluster serves. Two requests where discovery is aggregated (Kubernetes 1.26 and later), one a
 * group version elsewhere.
 * @throws ApiFailure when not even the list of groups comes.
 */
export async function discover(api: ApiClient, signal: AbortSignal): Promise<Discovery> {
  const documents = new Map<string, unknown>();
  const failed = new Map<string, string>();
  const found: Resource[] = [];
  for (const root of ['api', 'apis'] as const) {
    const document = await api.json({ path: `/${root}`, accept: AGGREGATED, signal });
    documents.set(`${root}.json`, document);
    const aggregated = aggregatedSchema.safeParse(document);
    if (aggregated.success) found.push(...fromAggregated(aggregated.data, failed));
    else found.push(...(await fromOldDocuments(api, root, document, { documents, failed, signal })));
  }
  return { resources: preferred(found), documents, failed };
}

function fromAggregated(list: z.infer<typeof aggregatedSchema>, failed: Map<string, string>): Resource[] {
  const found: Resource[] = [];
  for (const item of list.items) {
    const group = item.metadata?.name ?? '';
    for (const { version, freshness, resources } of item.versions ?? []) {
      if (freshness === 'Stale')
        failed.set(`${group}/${version}`, 'its server did not answer the API server (stale discovery)');
      for (const entry of resources ?? []) {
        found.push({
          group,
          version,
          plural: entry.resource,
          kind: entry.responseKind?.kind ?? '',
          namespaced: entry.scope === 'Namespaced',
          verbs: entry.verbs ?? [],
        });
      }
    }
  }
  return found;
}

async function fromOldDocuments(
  api: ApiClient,
  root: 'api' | 'apis',
  document: unknown,
  into: { documents: Map<string, unknown>; failed: Map<string, string>; signal: AbortSignal },
): Promise<Resource[]> {
  const versions = root === 'api' ? [{ group: '', version: 'v1' }] : groupVersions(document);
  const lists = await Promise.all(
    versions.map(async ({ group, version }) => {
      const path = root === 'api' ? `/api/${version}` : `/apis/${group}/${version}`;
      try {
        const answer = await api.json({ path, signal: into.signal });
        into.documents.set(`${root === 'api' ? 'core' : group}_${version}.json`, answer);
        return fromResourceList(group, version, answer);
      } catch (error) {
        if (into.signal.aborted) throw error;
        into.failed.set(`${group}/${version}`, error instanceof Error ? error.message : String(error));
        return [];
      }
    }),
  );
  return lists.flat();
}

/** The preferred version first. */
function groupVersions(document: unknown): Array<{ group: string; version: string }> {
  const parsed = groupListSchema.safeParse(document);
  if (!parsed.success) throw new ApiFailure('invalid', 'the list of API groups has no shape known');
  return (parsed.data.groups ?? []).flatMap(({ name, versions, preferredVersion }) => {
    const all = (versions ?? []).map(({ version }) => version);
    const first = preferredVersion?.version;
    const ordered = first === undefined ? all : [first, ...all.filter((version) => version !== first)];
    return ordered.map((version) => ({ group: name, version }));
  });
}

function fromResourceList(group: string, version: string, document: unknown): Resource[] {
  const parsed = resourceListSchema.safeParse(document);
  if (!parsed.success) return [];
  return (parsed.data.resources ?? [])
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs }) => ({
      group,
      version,
      plural: name,
      kind,
      namespaced,
      verbs: verbs ?? [],
    }));
}

/** What can be listed, each kind once: in the first version that serves it, versions being in the server's order. */
function preferred(found: readonly Resource[]): Resource[] {
  const chosen = new Map<string, Resource>();
  for (const resource of found) {
    const key = `${resource.group}/${resource.plural}`;
    if (resource.verbs.includes('list') && !chosen.has(key)) chosen.set(key, resource);
  }
  return [...chosen.values()];
}
