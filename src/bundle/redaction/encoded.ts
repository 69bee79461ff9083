/** Text in base64: what begins like PEM, JSON or a manifest is decoded, goes through the table, and is encoded again. */
import type { Hit, TextRule } from './text.ts';

/** Base64 of `-----BEGIN `, `{"`, `{ "`, `{\n`, `[{"`, `apiVersion: `, `kind: `. */
const BEGINNING =
  /(?<![A-Za-z0-9+/_.-])(?:LS0tLS1CRUdJTi|eyJ|eyAi|ewog|ewoJ|ewo|W3si|YXBpVmVyc2lvb|a2luZDog)[A-Za-z0-9+/]{8,}={0,2}(?![A-Za-z0-9+/_.-])/g;
/** The values of a ConfigMap's binaryData. */
const BINARY_DATA = /binaryData\\*["']?\s*:\s*\{([^{}]*)\}/g;
const RUN = /[A-Za-z0-9+/]{8,}={0,2}/g;
const MOST_BYTES = 2 * 1024 * 1024;

export const encodedText: TextRule = {
  id: 'base64-text',
  title:
    'base64 that holds text with any of these: PEM, JSON (dockerconfigjson, service accounts), manifests, and all of binaryData; it stays base64',
  example: 'eyJwYXNzd29yZCI6Imh1bnRlcjIifQ==',
  *find(text, redact) {
    for (const match of text.matchAll(BEGINNING)) {
      yield* decoded(match[0], match.index, redact);
    }
    if (!text.includes('binaryData')) return;
    for (const data of text.matchAll(BINARY_DATA)) {
      const inside = data.index + data[0].length - 1 - (data[1] ?? '').length;
      for (const run of (data[1] ?? '').matchAll(RUN)) yield* decoded(run[0], inside + run.index, redact);
    }
  },
};

function* decoded(run: string, from: number, redact: (inner: string) => string): Iterable<Hit> {
  if (run.length > MOST_BYTES) return;
  const plain = Buffer.from(run, 'base64').toString('latin1');
  // eslint-disable-next-line no-control-regex -- what has control characters is no text.
  if (plain === '' || /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(plain)) return;
  const clean = redact(plain);
  if (clean !== plain) {
    yield { from, to: from + run.length, put: Buffer.from(clean, 'latin1').toString('base64') };
  }
}
