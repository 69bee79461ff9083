/** Which keys promise a secret behind them: judged by their words, whatever their spelling (`dbPassword`, `DB_PASSWORD`). */

/** Where one of these stands in a text, a key may be around it. */
export const KEY_NEEDLE =
  /passw|pass(?:phrase|code|key)|pwd|secret|token|credential|(?:api|access|private|account|signing|encryption|master|licen[sc]e|storage|shared|hmac|auth|client|ssh|deploy|admin|jwt|sas|session|crypt|cipher|consumer|functions?)[ _.-]?key|[_.-]pass\b|\bpass\b|(?:db|user|root|admin|my|mail|smtp)pass\b|\b_?auth\b|\bsig\b/gi;

/** A last word that ends like this is a secret's. */
const SECRET_END =
  /(?:passwords?|passwd|passphrase|passcode|passkey|secret|token|credentials?|(?:api|access|secret|private|account|signing|encryption|master|licen[sc]e|storage|shared|session|client|ssh|deploy|admin|jwt|hmac|auth)key|pwd|_auth)$/;
const SECRET_WORD = new Set(['pass', 'dbpass', 'userpass', 'rootpass', 'adminpass', 'mailpass', 'smtppass']);
/** `key` alone is any key; after one of these it is a secret. */
const KEY_BEFORE = new Set(
  'api access secret private account signing encryption master license licence storage shared hmac auth client ssh deploy admin jwt sas session crypt cipher consumer function functions'.split(
    ' ',
  ),
);
/** Says which secret or in what form, not what kind of thing it is. */
const QUALIFIER = new Set(
  'value data hash hashed base base64 b64 text plain plaintext string str enc encoded encrypted old new current previous next primary secondary prod production dev staging test raw'.split(
    ' ',
  ),
);
/** `PASSWORD_MIN_LENGTH`, `TOKEN_URL`: about a secret, none themselves. */
const ABOUT = new Set(
  'file files path dir directory name names url uri endpoint host port ref policy expiry expiration expires seconds ttl lifetime age type kind count length size enabled enable disabled required min max id ids issuer audience algorithm alg mode version provider store storage class namespace label key keys field header rotation minutes hours days interval timeout format prefix suffix reset change strength rules attempts retries limit review reviewer request mount volume manager operator controller service server cache duration refresh validation valid check encoder'.split(
    ' ',
  ),
);
/** A `…-secret` after one of these is the name of a Secret, and `…-token` after one is no credential. */
const NAMES_A_SECRET = new Set('tls ca ssl pull cert certificate existing image key'.split(' '));
const NO_TOKEN = new Set('max min num per total page next continue pagination bos eos pad unk'.split(' '));

/** Whether a key of any spelling stands before a secret value. `before` is the character in front of it. */
export function isSecretKey(key: string, before = ''): boolean {
  if (key === '_auth') return true;
  // nginx.ingress.kubernetes.io/auth-secret names a Secret.
  if (before === '/' && key === 'auth-secret') return false;
  const words = wordsOf(key);
  while (words.length > 1 && QUALIFIER.has(words.at(-1) ?? '')) words.pop();
  const last = words.at(-1) ?? '';
  const previous = words.at(-2) ?? '';
  if (last === 'secret' && NAMES_A_SECRET.has(previous)) return false;
  if (last === 'token' && NO_TOKEN.has(previous)) return false;
  if (SECRET_END.test(last) || SECRET_WORD.has(last)) return true;
  if (last === 'key') return KEY_BEFORE.has(previous);
  return /^[A-Z0-9_]+$/.test(key) && !ABOUT.has(last) && words.length <= 4 && words.some(isSecretWord);
}

function isSecretWord(word: string): boolean {
  return SECRET_END.test(word) || SECRET_WORD.has(word);
}

function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_.\s]+/)
    .map((word) => (/^(?:base|b)64$/.test(word) ? word : word.replace(/\d+$/, '')))
    .filter((word) => word !== '');
}

const PLACEHOLDER =
  /^(?:true|false|null|nil|none|undefined|unset|yes|no|on|off|~|\$\(?\{?[\w.:-]*\}?\)?|\{\{.*\}\}|[*•.x]+|<[^<>]*>|\[?redacted\]?|hidden)$/i;
/** Paths into well-known folders: where a secret lies, not the secret. */
const PATH =
  /^\/(?:etc|var|run|secrets?|opt|home|tmp|mnt|data|usr|app|config|proc|root|srv|vault)\/[\w./-]*$/;
/** What logs say of a token or a password. */
const PROSE =
  /^(?:is|was|has|not|and|or|for|in|from|required|optional|invalid|expired|missing|incorrect|wrong|failed|denied|rejected|unknown|strict|enabled|disabled|authentication|must|should|cannot)$/i;
/** A URL is looked at by the rule for URLs. */
const URL_START = /^[a-z][a-z0-9+.-]*:\\?\/\\?\//i;

/** Whether what stands behind a secret key is no value at all. */
export function isPlaceholder(value: string, key: string, quoted: boolean): boolean {
  const text = value.trim();
  if (text === '' || PLACEHOLDER.test(text) || PATH.test(text) || URL_START.test(text)) return true;
  if (!quoted && PROSE.test(text)) return true;
  // `secret="shop/db"` of controllers' logs names an object; `clientSecret: abc/def` does not.
  if (/^secret$/i.test(key) && /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9.-]*$/.test(text)) return true;
  if (key === 'auth' || key === 'sig') return !isCredentials(key, text);
  return false;
}

/** `auth` of a dockerconfigjson is base64 of user:password; `sig` of a SAS is base64, maybe percent-encoded. */
function isCredentials(key: string, text: string): boolean {
  if (key === 'sig') return /^[A-Za-z0-9%+/=_-]{20,}$/.test(text);
  return (
    /^[A-Za-z0-9+/]{8,}={0,2}$/.test(text) &&
    /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(text, 'base64').toString('latin1'))
  );
}

/** Keys that are secrets only for what their value looks like. */
export function isSecretByValue(key: string): boolean {
  return key === 'auth' || key === 'sig';
}
