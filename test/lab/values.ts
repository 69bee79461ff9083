// Typed views of what comes as `any` or `unknown`: JSON that the lab or the API server wrote, and caught errors.

/** Parses JSON of a known writer; the caller vouches for its shape. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- one place for what would be a cast at each caller
export function fromJson<T>(text: string): T {
  const value: T = JSON.parse(text);
  return value;
}

/** Reads a dotted path (`status.containerStatuses.0.state`) of an object; undefined where it ends early. */
export function field(object: unknown, path: string): unknown {
  let here = object;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** The same where a string is expected: anything else reads as ''. */
export function text(object: unknown, path: string): string {
  const value = field(object, path);
  return typeof value === 'string' ? value : '';
}

/** The same where a list is expected: anything else reads as empty. */
export function items(object: unknown, path: string): unknown[] {
  const value = field(object, path);
  return Array.isArray(value) ? value : [];
}

/** One line of text for any value. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

/** What a caught value says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `ENOENT`, `EEXIST` … of a caught value, or undefined. */
export const codeOf = (error: unknown): unknown => field(error, 'code');
