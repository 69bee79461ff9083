/**
 * What is never in a bundle: the values of Secrets, wherever a Secret appears (as an object, in a List, inside another
 * object, in the JSON of a `last-applied-configuration`). Keys, lengths and which values are equal stay.
 */
import { isRecord, parseJson } from '../../core/json.ts';
import type { ObjectRule, Replace } from './token.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** OpenShift copies the token of a service account into this annotation of its dockercfg Secret. */
const TOKEN_ANNOTATIONS: ReadonlySet<string> = new Set(['openshift.io/token-secret.value']);
/** Public by nature: what a TLS server shows to everyone who connects. */
const PUBLIC_TLS_KEYS: ReadonlySet<string> = new Set(['tls.crt', 'ca.crt']);
/** Deeper than any object an API server accepts (etcd's and the JSON decoder's limits), but finite. */
const DEEPEST = 200;

type Fields = Record<string, unknown>;
type IsSecret = (value: Fields) => boolean;
/** Changes the Secret in place; true when it changed something. */
type Redact = (secret: Fields, replace: Replace) => boolean;

export const redactSecretValues: ObjectRule = {
  id: 'secret-values',
  title: 'values under data and stringData of a Secret; the certificates of kubernetes.io/tls stay',
  concerns: maySecret,
  apply: (resource, object, replace) => everySecret(resource, object, replace, redactValues),
};

export const redactLastApplied: ObjectRule = {
  id: 'secret-last-applied',
  title: `the annotation ${LAST_APPLIED} of a Secret`,
  concerns: maySecret,
  apply: (resource, object, replace) =>
    everySecret(resource, object, replace, (secret, put) =>
      redactAnnotations(secret, put, 'secret-last-applied', (key) => key === LAST_APPLIED),
    ),
};

export const redactTokenAnnotations: ObjectRule = {
  id: 'secret-annotations',
  title: `annotations of a Secret that hold its token (${[...TOKEN_ANNOTATIONS].join(', ')})`,
  concerns: maySecret,
  apply: (resource, object, replace) =>
    everySecret(resource, object, replace, (secret, put) =>
      redactAnnotations(secret, put, 'secret-annotations', (key) => TOKEN_ANNOTATIONS.has(key)),
    ),
};

export const redactEmbeddedSecrets: ObjectRule = {
  id: 'secret-in-text',
  title: 'JSON inside a string that holds a Secret, where it cannot be read',
  concerns: maySecret,
  apply: (_resource, object, replace) => dropUnreadable(object, replace, 0),
};

const SECRET = Buffer.from('Secret');
const QUOTE = 0x22;

/**
 * An API server writes a kind as it is; inside a string its quotes are escaped, and the second one still precedes it. The
 * word is looked for without its quote: quotes are every tenth byte of an object.
 */
function maySecret(resource: string, raw: Buffer): boolean {
  if (resource === 'secrets') return true;
  for (let at = raw.indexOf(SECRET); at >= 0; at = raw.indexOf(SECRET, at + 1))
    if (raw[at - 1] === QUOTE) return true;
  return false;
}

/** Applies `redact` to the object if `resource` says that it is a Secret, and to every Secret in it at any depth. */
function everySecret(resource: string, object: Fields, replace: Replace, redact: Redact): boolean {
  return visit(object, resource === 'secrets' ? () => true : isSecret, replace, redact, 0);
}

function isSecret(value: Fields): boolean {
  return value['kind'] === 'Secret';
}

function visit(value: Fields, is: IsSecret, replace: Replace, redact: Redact, depth: number): boolean {
  let changed = is(value) ? redact(value, replace) : false;
  // The items of a list carry no kind: what was listed says it.
  const inList = value['kind'] === 'SecretList' || (is !== isSecret && Array.isArray(value['items']));
  for (const [key, child] of Object.entries(value)) {
    if (typeof child === 'string') {
      const text = redactJson(child, replace, redact, depth);
      if (text !== undefined) {
        value[key] = text;
        changed = true;
      }
    } else if (visitAny(child, inList && key === 'items', replace, redact, depth + 1)) changed = true;
  }
  return changed;
}

function visitAny(
  value: unknown,
  secrets: boolean,
  replace: Replace,
  redact: Redact,
  depth: number,
): boolean {
  if (depth > DEEPEST) throw new RangeError('nested too deeply');
  if (Array.isArray(value)) {
    let changed = false;
    for (const [index, item] of value.entries()) {
      if (typeof item === 'string') {
        const text = redactJson(item, replace, redact, depth);
        if (text !== undefined) {
          value[index] = text;
          changed = true;
        }
      } else if (visitAny(item, secrets, replace, redact, depth + 1)) changed = true;
    }
    return changed;
  }
  return isRecord(value) ? visit(value, secrets ? () => true : isSecret, replace, redact, depth) : false;
}

/** The text with its Secrets redacted; undefined when it holds none or is no JSON. */
function redactJson(text: string, replace: Replace, redact: Redact, depth: number): string | undefined {
  if (!text.includes('"Secret')) return undefined;
  const parsed = parseJson(text);
  return visitAny(parsed, false, replace, redact, depth + 1) ? JSON.stringify(parsed) : undefined;
}

/** Text that speaks of a Secret's kind, begins like JSON and is none (cut, or not quite JSON) goes whole. */
function dropUnreadable(value: unknown, replace: Replace, depth: number): boolean {
  if (depth > DEEPEST) throw new RangeError('nested too deeply');
  if (typeof value !== 'object' || value === null) return false;
  let changed = false;
  for (const [key, child] of Object.entries(value)) {
    if (typeof child !== 'string') {
      if (dropUnreadable(child, replace, depth + 1)) changed = true;
    } else if (holdsUnreadable(child)) {
      Reflect.set(value, key, replace('secret-in-text', child));
      changed = true;
    }
  }
  return changed;
}

function holdsUnreadable(text: string): boolean {
  return (
    /"kind\\*"\s*:\s*\\*"Secret(List)?\\*"/.test(text) &&
    /^\s*[[{]/.test(text) &&
    parseJson(text) === undefined
  );
}

function redactValues(secret: Fields, replace: Replace): boolean {
  let changed = false;
  for (const field of ['data', 'stringData'] as const) {
    const values = secret[field];
    if (values === undefined || values === null) continue;
    if (!isRecord(values)) {
      secret[field] = replace('secret-values', JSON.stringify(values));
      changed = true;
      continue;
    }
    for (const [key, value] of Object.entries(values)) {
      if (typeof value === 'string' && isToken(value)) continue;
      const bytes = valueBytes(field, value);
      if (secret['type'] === 'kubernetes.io/tls' && PUBLIC_TLS_KEYS.has(key) && isCertificates(bytes))
        continue;
      values[key] = replace('secret-values', bytes);
      changed = true;
    }
  }
  return changed;
}

/** Equal values have equal tokens whether they stand under data or stringData. */
function valueBytes(field: 'data' | 'stringData', value: unknown): Buffer {
  if (typeof value !== 'string') return Buffer.from(JSON.stringify(value));
  return field === 'data' ? Buffer.from(value, 'base64') : Buffer.from(value);
}

/** PEM certificates and nothing but: people do paste their private key into tls.crt. */
function isCertificates(pem: Buffer): boolean {
  const rest = pem
    .toString('latin1')
    .replace(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g, '');
  return rest.trim() === '';
}

function redactAnnotations(
  secret: Fields,
  replace: Replace,
  rule: string,
  concerns: (key: string) => boolean,
): boolean {
  const metadata = secret['metadata'];
  const annotations = isRecord(metadata) ? metadata['annotations'] : undefined;
  if (!isRecord(annotations)) return false;
  let changed = false;
  for (const [key, value] of Object.entries(annotations)) {
    if (!concerns(key) || (typeof value === 'string' && isToken(value))) continue;
    annotations[key] = replace(rule, typeof value === 'string' ? value : JSON.stringify(value));
    changed = true;
  }
  return changed;
}

function isToken(text: string): boolean {
  return /^inquest-redacted:\d+:[0-9a-f]{32}$/.test(text);
}
