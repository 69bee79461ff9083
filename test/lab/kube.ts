// A small client of the Kubernetes API for tests: raw objects in, raw objects out, waiting included.
import { connectionOf, type RequestOptions, type Response } from './http.ts';
import { type KindRef, KubeError, type KubeObject, objectsOf, type Ref } from './kube/objects.ts';
import { refusal, type Transport, transportFor } from './kube/transport.ts';
import { until } from './run.ts';

export { hasCondition, type KindRef, KubeError, type KubeObject, type Ref } from './kube/objects.ts';
export { field, items, text } from './values.ts';

export type PatchType = 'merge' | 'json' | 'strategic';

export interface ApplyOptions {
  /** For objects that name none. */
  namespace?: string;
  fieldManager?: string;
}

export interface LogOptions {
  container?: string;
  previous?: boolean;
  tailLines?: number;
  timestamps?: boolean;
}

export interface WaitOptions {
  /** Milliseconds; 30 s unless told. */
  timeout?: number;
  /** Names what is awaited in the error. */
  what?: string;
}

const patchTypes: Record<PatchType, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export type Kube = ReturnType<typeof connect>;

/** A client for the cluster and user of a kubeconfig's current context. */
export function connect(kubeconfig: string) {
  const transport = transportFor(connectionOf(kubeconfig));
  return {
    ...transport,
    ...reading(transport),
    ...writing(transport),
    ...waiting(reading(transport).find),
    ...podAccess(transport),
  };
}

function reading({ call, pathOf }: Transport) {
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
    const path = `${await pathOf(ref)}?${query.toString()}`;
    const answer = await call<{ apiVersion: string; items: KubeObject[] | null }>('GET', path);
    // Items of built-in kinds come without apiVersion and kind.
    return (answer.items ?? []).map((item) => ({ ...item, apiVersion: answer.apiVersion, kind: ref.kind }));
  }

  return { get, find, list };
}

function writing({ call, pathOf }: Transport) {
  async function create(object: KubeObject): Promise<KubeObject> {
    const { namespace } = object.metadata;
    const place = { apiVersion: object.apiVersion, kind: object.kind };
    const path = await pathOf(namespace === undefined ? place : { ...place, namespace });
    return await call('POST', path, { body: JSON.stringify(object) });
  }

  async function applyOne(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const namespace = object.metadata.namespace ?? options.namespace;
    const place = { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name };
    const path = await pathOf(namespace === undefined ? place : { ...place, namespace });
    const query = new URLSearchParams({ fieldManager: options.fieldManager ?? 'inquest-lab', force: 'true' });
    const body = JSON.stringify(object);
    return await call('PATCH', `${path}?${query.toString()}`, {
      body,
      contentType: 'application/apply-patch+yaml',
    });
  }

  /** Server-side apply of one or several objects, or of YAML with any number of documents, in their order. */
  async function apply(
    what: string | KubeObject | readonly KubeObject[],
    options: ApplyOptions = {},
  ): Promise<KubeObject[]> {
    const applied: KubeObject[] = [];
    for (const object of objectsOf(what)) applied.push(await applyOne(object, options));
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

  /** Deletes an object; one that is gone already is no error. Does not wait for its end: see `waitGone`. */
  async function remove(ref: Ref, options: { graceSeconds?: number } = {}): Promise<void> {
    const grace = options.graceSeconds === undefined ? {} : { gracePeriodSeconds: options.graceSeconds };
    try {
      const body = JSON.stringify({ propagationPolicy: 'Background', ...grace });
      await call('DELETE', await pathOf(ref), { body });
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
    }
  }

  return { create, apply, patch, delete: remove };
}

function waiting(find: (ref: Ref) => Promise<KubeObject | undefined>) {
  /** Waits until the object exists and `condition` holds for it, and returns it. */
  async function waitFor(
    ref: Ref,
    condition: (object: KubeObject) => boolean,
    options: WaitOptions = {},
  ): Promise<KubeObject> {
    const name = `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
    return await until(options.what ?? name, options.timeout ?? 30_000, async () => {
      const object = await find(ref);
      return object !== undefined && condition(object) ? object : undefined;
    });
  }

  async function waitGone(ref: Ref, options: WaitOptions = {}): Promise<void> {
    const what = options.what ?? `end of ${ref.kind} ${ref.name}`;
    await until(what, options.timeout ?? 60_000, async () => (await find(ref)) === undefined);
  }

  return { waitFor, waitGone };
}

function podAccess({ raw }: Transport) {
  async function logs(namespace: string, pod: string, options: LogOptions = {}): Promise<string> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(options)) query.set(key, String(value));
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query.toString()}`;
    const response = await raw('GET', path, { accept: '*/*' });
    if (response.status !== 200) throw refusal('GET', path, response);
    return response.text;
  }

  /** An HTTP GET to a pod's port through the API server's proxy; every status is an answer. */
  async function proxy(
    namespace: string,
    pod: string,
    port: number,
    path: string,
    options?: RequestOptions,
  ): Promise<Response> {
    const full = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`;
    return await raw('GET', full, { accept: '*/*', ...options });
  }

  return { logs, proxy };
}
