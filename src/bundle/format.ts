/**
 * Bundle format 1: the documents inside a bundle that are ours (everything else is evidence as it was served).
 * The prose is in docs/bundle-format.md, the JSON Schemas are generated from here. Unknown fields are kept and ignored.
 */
import { z } from 'zod';

/** The major version this program writes, and the newest it reads. */
export const FORMAT_MAJOR = 1;
export const FORMAT = `inquest-bundle/${FORMAT_MAJOR}` as const;

/** RFC 3339 in UTC, up to microseconds. */
const timestamp = z.string();

/** Why evidence did not come. A gap with reason `out-of-scope` was never asked for. */
export const GAP_REASONS = [
  'forbidden',
  'unauthorized',
  'timeout',
  'unreachable',
  'gone',
  'not-found',
  'not-served',
  'too-large',
  'out-of-scope',
  'interrupted',
  'unavailable',
  'invalid',
  'error',
] as const;

/** What was asked for: the fields that apply are set. `resource` is a `resourceId` such as `apps/deployments`. */
export const subjectSchema = z.looseObject({
  resource: z.string().optional(),
  version: z.string().optional(),
  /** The namespace asked for; absent: the whole cluster. */
  namespace: z.string().optional(),
  pod: z.string().optional(),
  container: z.string().optional(),
  previous: z.boolean().optional(),
  node: z.string().optional(),
  probe: z.string().optional(),
  path: z.string().optional(),
});

/** One piece of evidence that is missing: what was asked, why it did not come. Its key is unique in the bundle. */
export const gapSchema = z.looseObject({
  key: z.string(),
  /** The kind of evidence: a list of objects, a container's log, … */
  evidence: z.enum([
    'list',
    'log',
    'metrics',
    'node',
    'probe',
    'watch',
    'discovery',
    'version',
    'health',
    'bundle',
  ]),
  subject: subjectSchema,
  reason: z.enum(GAP_REASONS),
  /** HTTP status, when an API server gave one. */
  status: z.number().int().optional(),
  /** What the server or the system said, in its words. */
  detail: z.string(),
  at: timestamp,
  /** True when part of it did come (a list cut at page 3). */
  partial: z.boolean().optional(),
});
export type Gap = z.infer<typeof gapSchema>;
export type GapReason = Gap['reason'];

/** `bundle.json`, the first entry. */
export const headerSchema = z.looseObject({
  format: z.string().regex(/^inquest-bundle\/\d+(\.\d+)*$/),
  /** Random, one a capture. */
  id: z.string(),
  tool: z.looseObject({ name: z.string(), version: z.string() }),
  cluster: z.looseObject({
    /** The kubeconfig's name of the cluster, or `in-cluster`. */
    name: z.string(),
    context: z.string().optional(),
    server: z.string().optional(),
    user: z.string().optional(),
    /** `gitVersion` of the API server, when known by then. */
    version: z.string().optional(),
  }),
  scope: z.looseObject({
    /** Absent: every namespace. */
    namespaces: z.array(z.string()).optional(),
    selector: z.string().optional(),
    /** What the user asked about: its evidence came first. */
    focus: z
      .array(z.looseObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() }))
      .optional(),
    sinceSeconds: z.number(),
    timeoutSeconds: z.number(),
  }),
  startedAt: timestamp,
  redaction: z.looseObject({ mode: z.enum(['default', 'strict', 'none']) }),
  /** The ids of all collectors and probes that were going to run. */
  collectors: z.array(z.string()).optional(),
});
export type BundleHeader = z.infer<typeof headerSchema>;

/**
 * `resources/<group|core>/<version>/<plural>/list[.<namespace>].json`: written when the list ended, however it ended.
 * With it an empty list and a forbidden list never look alike.
 */
export const listSchema = z.looseObject({
  group: z.string(),
  version: z.string(),
  plural: z.string(),
  kind: z.string(),
  namespaced: z.boolean(),
  /** The one namespace that was listed; absent: all of them. */
  namespace: z.string().optional(),
  selector: z.string().optional(),
  outcome: z.enum(['complete', 'partial', 'failed']),
  items: z.number().int(),
  resourceVersion: z.string().optional(),
  /** Asked for with resourceVersion=0 because etcd did not answer: what the API server remembered, perhaps stale. */
  fromCache: z.boolean().optional(),
  startedAt: timestamp,
  endedAt: timestamp,
  /** Of a list that is not complete. */
  gap: z.string().optional(),
});
export type ListRecord = z.infer<typeof listSchema>;

/** `collectors/<id>.json`: written when a collector or probe ended, so that a cut bundle still tells its gaps. */
export const collectorSchema = z.looseObject({
  id: z.string(),
  outcome: z.enum(['complete', 'partial', 'failed', 'skipped']),
  startedAt: timestamp,
  ms: z.number(),
  /** Objects, log files, results: what it counts itself. */
  records: z.number().int(),
  bytes: z.number().int(),
  gaps: z.array(gapSchema),
  /** Sent on its behalf, and bytes that came over the wire. */
  requests: z.looseObject({ count: z.number().int(), bytes: z.number().int() }).optional(),
  detail: z.string().optional(),
});
export type CollectorRecord = z.infer<typeof collectorSchema>;

/** One line of `probes/<probe>.ndjson`. */
export const probeResultSchema = z.looseObject({
  at: timestamp,
  /** The vantage point; see probes.ts for how places are named. */
  from: z.string(),
  /** What was asked. */
  to: z.string(),
  outcome: z.enum([
    'ok',
    'refused',
    'timeout',
    'reset',
    'tls-mismatch',
    'http-error',
    'dns-error',
    'unreachable',
    'not-probed',
    'error',
  ]),
  ms: z.number().optional(),
  detail: z.looseObject({}).optional(),
});
export type ProbeResult = z.infer<typeof probeResultSchema>;

/** One line of `changes/<group|core>/<version>/<plural>[.<part>].ndjson`: a watch event as it came. */
export const changeSchema = z.looseObject({
  at: timestamp,
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED']),
  object: z.looseObject({}),
});
export type Change = z.infer<typeof changeSchema>;

/** `manifest.json`, the last entry but the footer. Its absence means the capture was cut. */
export const manifestSchema = z.looseObject({
  format: z.string(),
  id: z.string(),
  startedAt: timestamp,
  endedAt: timestamp,
  /** `complete`; `deadline` when the budget ran out; `interrupted` by the user. */
  end: z.enum(['complete', 'deadline', 'interrupted']),
  /** Every entry before this one, in order; `segment` is an index into `segments`. */
  entries: z.array(
    z.looseObject({
      path: z.string(),
      bytes: z.number().int(),
      sha256: z.string(),
      segment: z.number().int().optional(),
    }),
  ),
  /** Independent deflate segments: offset and length in the compressed file, bytes when inflated. */
  segments: z.array(
    z.looseObject({ offset: z.number().int(), length: z.number().int(), bytes: z.number().int() }),
  ),
  collectors: z.array(collectorSchema.omit({ gaps: true })),
  gaps: z.array(gapSchema),
  /** How many values each redaction rule replaced. */
  redactions: z.record(z.string(), z.number().int()),
  /** Server time minus local time, from Date headers. */
  clockSkew: z.looseObject({ ms: z.number(), errorMs: z.number(), samples: z.number().int() }).optional(),
  requests: z.looseObject({ count: z.number().int(), bytes: z.number().int() }).optional(),
  /** How quickly the API server answered: milliseconds from sending a request to the first header of its answer. */
  latencies: z
    .looseObject({
      /** `list`, `discovery`, `review`, `health`; `log` and `proxy` wait for a kubelet or a pod as well. */
      kinds: z.record(
        z.string(),
        z.looseObject({ count: z.number().int(), p50: z.number(), p95: z.number(), max: z.number() }),
      ),
      /** Answers of 429, and requests given up without an answer. */
      throttled: z.number().int(),
      unanswered: z.number().int(),
      slowest: z.looseObject({ path: z.string(), ms: z.number(), at: timestamp }).optional(),
    })
    .optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;
