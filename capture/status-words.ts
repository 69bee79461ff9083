/** What an answer of 400 or more says, out of its `Status` object or, from proxies, its plain text. */
import { asRecord, parseJson } from '../src/core/json.ts';

/** The message, and the fresh token that a 410 carries in `metadata.continue`. */
export function statusWords(text: string): { message: string; token?: string } {
  const parsed = parseJson(text);
  if (parsed === undefined) return { message: text.trim().slice(0, 500) };
  const status = asRecord(parsed);
  const token = asRecord(status['metadata'])['continue'];
  return {
    message: typeof status['message'] === 'string' ? status['message'] : text.slice(0, 500),
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
  };
}
