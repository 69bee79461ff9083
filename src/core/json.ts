/** Outside JSON has no type until it is looked at: these look, and never throw. */

export type JsonRecord = Readonly<Record<string, unknown>>;

const NOTHING: JsonRecord = Object.freeze({});

/** Whether it is a JSON object: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value when it is a JSON object, else an empty one: to read fields that may all be missing. */
export function asRecord(value: unknown): JsonRecord {
  return isRecord(value) ? value : NOTHING;
}

/** The value that a text is JSON of; undefined, which is no JSON value, when it is none. */
export function parseJson(text: string | Buffer): unknown {
  try {
    const parsed: unknown = JSON.parse(typeof text === 'string' ? text : text.toString('utf8'));
    return parsed;
  } catch {
    return undefined;
  }
}
