// A small client of the Kubernetes API for tests: raw objects in, raw objects out, waiting included.
import { parseAllDocuments } from 'yaml';
import { type Connection, connectionOf, request, type RequestOptions, type Response } from './http.ts';
import { LabError } from './lab-error.ts';
import { until } from './run.ts';

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
  namespace?: string;
}

export interface KindRef {
  apiVersion?: string;
  kind: string;
  /** None means the context's namespace; `*` means all. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export type PatchType = 'merge' | 'json' | 'strategic';

/** What the API server said instead of doing it. */
export class KubeError extends LabError {
  readonly status: number;
  /** `NotFound`, `Forbidden`, `Conflict` … */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }
}

interface Resource {
  name: string;
  kind: string;
  namespaced: boolean;
}

const patchTypes: Record<PatchType, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

/** Reads a dotted path (`status.containerStatuses.0.state`) of an object; undefined where it ends early. */
export function field(object: unknown, path: string): unknown {
  let here = object;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** Whether `status.conditions` has that type at that status (`True` unless told). */
export function hasCondition(object: unknown, type: string, status = 'True'): boolean {
  const conditions = field(object, 'status.conditions');
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => field(one, 'type') === type && field(one, 'status') === status)
  );
}

export type Kube = ReturnType<typeof connect>;

/** A client for the cluster and user of a kubeconfig's current context. */
export function connect(kubeconfig: string) {
  const connection: Connection = connectionOf(kubeconfig);
  const discovered = new Map<string, Resource[]>();

  async function raw(method: string, path: string, options?: RequestOptions): Promise<Response> {
    return await request(connection, method, path, options);
  }

  async function call<T = KubeObject>(method: string, path: string, options?: RequestOptions): Promise<T> {
    const response = await raw(method, path, options);
    if (response.status >= 200 && response.status < 300) return JSON.parse(response.text) as T;
    let status: { reason?: string; message?: string } = {};
    try {
      status = JSON.parse(response.text) as typeof status;
    } catch {
      // A proxy's or a kubelet's plain text.
    }
    throw new KubeError(
      response.status,
      status.reason ?? '',
      `${method} ${path}: ${response.status} ${status.message ?? response.text.slice(0, 300)}`,
    );
  }

  async function resourceOf(apiVersion: string, kind: string): Promise<Resource> {
    const prefix = prefixOf(apiVersion);
    const look = (): Resource | undefined =>
      discovered.get(prefix)?.find((one) => one.kind === kind && !one.name.includes('/'));
    if (look() === undefined)
      discovered.set(prefix, (await call<{ resources: Resource[] }>('GET', prefix)).resources);
    const found = look();
    if (found === undefined) throw new LabError(`the cluster serves no ${kind} in ${apiVersion}`);
    return found;
  }

  async function pathOf(ref: {
    apiVersion?: string;
    kind: string;
    namespace?: string;
    name?: string;
  }): Promise<string> {
    const apiVersion = ref.apiVersion ?? 'v1';
    const resource = await resourceOf(apiVersion, ref.kind);
    const scoped = resource.namespaced && ref.namespace !== '*';
    const namespace = scoped ? `/namespaces/${ref.namespace ?? connection.namespace}` : '';
    return `${prefixOf(apiVersion)}${namespace}/${resource.name}${ref.name === undefined ? '' : `/${ref.name}`}`;
  }

  async function get(ref: Ref): Promise<KubeObject> {
    return await call('GET', await pathOf(ref));
  }

  /** The object, or undefined when there is none. */
  async function find(ref: Ref): Promise<KubeObject | undefined> {
    try {
      return await get(ref);
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  async function list(ref: KindRef): Promise<KubeObject[]> {
    const query = new URLSearchParams();
    if (ref.labelSelector !== undefined) query.set('labelSelector', ref.labelSelector);
    if (ref.fieldSelector !== undefined) query.set('fieldSelector', ref.fieldSelector);
    const answer = await call<{ apiVersion: string; items: KubeObject[] | null }>(
      'GET',
      `${await pathOf(ref)}?${query}`,
    );
    // Items of built-in kinds come without apiVersion and kind.
    return (answer.items ?? []).map((item) => ({
      ...item,
      apiVersion: item.apiVersion ?? answer.apiVersion,
      kind: item.kind ?? ref.kind,
    }));
  }

  async function create(object: KubeObject): Promise<KubeObject> {
    const path = await pathOf({ apiVersion: object.apiVersion, kind: object.kind, ...inNamespace(object) });
    return await call('POST', path, { body: JSON.stringify(object) });
  }

  /**
   * Server-side apply of one or several objects, or of YAML with any number of documents.
   *
   * @param options.namespace for objects that name none.
   */
  async function apply(
    what: string | KubeObject | readonly KubeObject[],
    options: { namespace?: string; fieldManager?: string } = {},
  ): Promise<KubeObject[]> {
    const applied: KubeObject[] = [];
    for (const object of objectsOf(what)) {
      const namespace = object.metadata.namespace ?? options.namespace;
      const ref = {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: object.metadata.name,
        ...(namespace === undefined ? {} : { namespace }),
      };
      const query = new URLSearchParams({
        fieldManager: options.fieldManager ?? 'inquest-lab',
        force: 'true',
      });
      applied.push(
        await call('PATCH', `${await pathOf(ref)}?${query}`, {
          body: JSON.stringify(object),
          contentType: 'application/apply-patch+yaml',
        }),
      );
    }
    return applied;
  }

  async function patch(
    ref: Ref,
    body: unknown,
    type: PatchType = 'merge',
    subresource?: string,
  ): Promise<KubeObject> {
    const path = `${await pathOf(ref)}${subresource === undefined ? '' : `/${subresource}`}`;
    return await call('PATCH', path, { body: JSON.stringify(body), contentType: patchTypes[type] });
  }

  /** Deletes an object; one that is gone already is no error. Does not wait for finalizers: see `waitGone`. */
  async function remove(ref: Ref, options: { graceSeconds?: number } = {}): Promise<void> {
    const body = JSON.stringify({
      propagationPolicy: 'Background',
      ...(options.graceSeconds === undefined ? {} : { gracePeriodSeconds: options.graceSeconds }),
    });
    try {
      await call('DELETE', await pathOf(ref), { body });
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
    }
  }

  /**
   * Waits until `condition` holds for the object (`undefined` while there is none) and returns the object.
   *
   * @param options.timeout in milliseconds, 30 s unless told.
   */
  async function waitFor(
    ref: Ref,
    condition: (object: KubeObject) => boolean,
    options: { timeout?: number; what?: string } = {},
  ): Promise<KubeObject> {
    const name = `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
    return await until(options.what ?? name, options.timeout ?? 30_000, async () => {
      const object = await find(ref);
      return object !== undefined && condition(object) ? object : undefined;
    });
  }

  async function waitGone(ref: Ref, options: { timeout?: number } = {}): Promise<void> {
    await until(
      `end of ${ref.kind} ${ref.name}`,
      options.timeout ?? 60_000,
      async () => (await find(ref)) === undefined,
    );
  }

  async function logs(
    namespace: string,
    pod: string,
    options: { container?: string; previous?: boolean; tailLines?: number; timestamps?: boolean } = {},
  ): Promise<string> {
    const query = new URLSearchParams(Object.entries(options).map(([key, value]) => [key, String(value)]));
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`;
    const response = await raw('GET', path, { accept: '*/*' });
    if (response.status !== 200)
      throw new KubeError(
        response.status,
        '',
        `GET ${path}: ${response.status} ${response.text.slice(0, 300)}`,
      );
    return response.text;
  }

  /** An HTTP request to a pod's port through the API server's proxy; every status is an answer. */
  async function proxy(
    namespace: string,
    pod: string,
    port: number,
    path: string,
    options?: RequestOptions,
  ): Promise<Response> {
    return await raw('GET', `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`, {
      accept: '*/*',
      ...options,
    });
  }

  /** Closes idle connections, so that the process can end. */
  function close(): void {
    connection.agent.destroy();
  }

  return {
    raw,
    call,
    pathOf,
    get,
    find,
    list,
    create,
    apply,
    patch,
    delete: remove,
    waitFor,
    waitGone,
    logs,
    proxy,
    close,
  };
}

function prefixOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function inNamespace(object: KubeObject): { namespace?: string } {
  return object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace };
}

function objectsOf(what: string | KubeObject | readonly KubeObject[]): KubeObject[] {
  if (typeof what !== 'string') return [what].flat() as KubeObject[];
  return parseAllDocuments(what)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
}
