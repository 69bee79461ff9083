// Requests to one API server as one user, and where each kind lives there.
import { type Connection, request, type RequestOptions, type Response } from '../http.ts';
import { LabError } from '../lab-error.ts';
import { fromJson, text } from '../values.ts';
import { KubeError } from './objects.ts';

interface Resource {
  name: string;
  kind: string;
  namespaced: boolean;
}

interface Place {
  apiVersion?: string;
  kind: string;
  namespace?: string;
  name?: string;
}

export type Transport = ReturnType<typeof transportFor>;

/** Requests by path, and paths by kind. */
export function transportFor(connection: Connection) {
  const discovered = new Map<string, Resource[]>();

  /** One request; every status is an answer. */
  async function raw(method: string, path: string, options?: RequestOptions): Promise<Response> {
    return await request(connection, method, path, options);
  }

  /** One request for a JSON answer; a status of 300 and above throws a KubeError. */
  async function call<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
    const response = await raw(method, path, options);
    if (response.status < 300) return fromJson<T>(response.text);
    throw refusal(method, path, response);
  }

  async function resourceOf(apiVersion: string, kind: string): Promise<Resource> {
    const prefix = prefixOf(apiVersion);
    const look = (): Resource | undefined =>
      discovered.get(prefix)?.find((one) => one.kind === kind && !one.name.includes('/'));
    // A kind not seen before may be of a CustomResourceDefinition made since: ask again.
    if (look() === undefined)
      discovered.set(prefix, (await call<{ resources: Resource[] }>('GET', prefix)).resources);
    const found = look();
    if (found === undefined) throw new LabError(`the cluster serves no ${kind} in ${apiVersion}`);
    return found;
  }

  /** The path of a collection, or of an object when a name is given. */
  async function pathOf(place: Place): Promise<string> {
    const apiVersion = place.apiVersion ?? 'v1';
    const resource = await resourceOf(apiVersion, place.kind);
    const scoped = resource.namespaced && place.namespace !== '*';
    const namespace = scoped ? `/namespaces/${place.namespace ?? connection.namespace}` : '';
    const name = place.name === undefined ? '' : `/${place.name}`;
    return `${prefixOf(apiVersion)}${namespace}/${resource.name}${name}`;
  }

  /** Closes idle connections, so that the process can end. */
  function close(): void {
    connection.agent.destroy();
  }

  return { raw, call, pathOf, close };
}

/** The error that an answer means; a proxy or a kubelet may have written plain text. */
export function refusal(method: string, path: string, response: Response): KubeError {
  let status: unknown;
  try {
    status = fromJson<unknown>(response.text);
  } catch {
    status = undefined;
  }
  const told = text(status, 'message') || response.text.slice(0, 300);
  return new KubeError(
    response.status,
    text(status, 'reason'),
    `${method} ${path}: ${response.status} ${told}`,
  );
}

function prefixOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
