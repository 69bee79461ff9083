/** Rules for what is a credential by its own form, wherever it stands. */
import type { Hit, TextRule } from './text.ts';

/**
 * Tokens that their makers gave a prefix, so that scanners find them. Each is bounded by what the maker documents; the
 * lengths are minimums where makers say that they may grow.
 */
const PREFIXED: readonly string[] = [
  // AWS access key ids (IAM user guide, "unique identifiers"): long-term, temporary, bearer, context-specific.
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
  // GitHub: personal, OAuth, user-to-server, server-to-server, refresh; fine-grained.
  'gh[pousr]_[A-Za-z0-9]{36,}',
  'github_pat_[A-Za-z0-9_]{36,}',
  // GitLab: personal, deploy, runner, trigger, feed, agent, CI job, mail, OAuth, SCIM.
  'gl(?:pat|dt|rt|ptt|ft|agent|cbt|imt|oas|soat|ffct)-[A-Za-z0-9_.-]{20,}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  'xapp-\\d-[A-Za-z0-9-]{10,}',
  '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}',
  'whsec_[A-Za-z0-9+/=]{24,}',
  'npm_[A-Za-z0-9]{36}',
  'pypi-AgE[A-Za-z0-9_-]{50,}',
  // Google: API keys, OAuth access tokens, OAuth client secrets.
  'AIza[0-9A-Za-z_-]{35}',
  'ya29\\.[0-9A-Za-z_-]{20,}',
  'GOCSPX-[A-Za-z0-9_-]{20,}',
  'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}',
  'SK[0-9a-f]{32}',
  'do[opr]_v1_[a-f0-9]{64}',
  'hv[sbr]\\.[A-Za-z0-9_-]{24,}',
  '[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_-]{60,}',
  'sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}',
  'dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}',
  'AGE-SECRET-KEY-1[0-9A-Z]{58}',
  'dapi[a-f0-9]{32}(?:-\\d)?',
  'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  'gl(?:sa|c)_[A-Za-z0-9+/=_]{32,}',
  'NRAK-[A-Z0-9]{27}',
  'lin_api_[A-Za-z0-9]{40}',
  'hf_[A-Za-z]{34}',
  '\\d{8,10}:AA[A-Za-z0-9_-]{33}',
  // Microsoft Entra client secrets.
  '[A-Za-z0-9_~.]{3}\\dQ~[A-Za-z0-9_~.-]{31,34}',
];
/** A character before one of these may be the letter of an escape (`\n`) or a percent-encoded byte. */
const BOUND = String.raw`(?<=^|[^A-Za-z0-9_-]|\\[nrt]|%[0-9A-Fa-f]{2}|\dm)`;
const PREFIXED_PATTERN = new RegExp(`${BOUND}(?:${PREFIXED.join('|')})`, 'g');
/**
 * Letters that are in every one of them, mostly absent. Each pattern begins with few letters, or with the rarest one and a
 * look back from there: V8 skips to those, and a text takes a third of the time of one pattern of all beginnings.
 */
const HINTS: readonly RegExp[] = [
  /_(?<=gh[pousr]_|github_pat_|[sr]k_(?=live_|test_)|whsec_|npm_|do[opr]_(?=v1_)|dckr_|shp[a-z]{2}_|gl(?:sa|c)_|lin_(?=api_)|hf_)/,
  /-(?<=gl(?:pat|dt|rt|ptt|ft|agent|cbt|imt|oas|soat|ffct)-|xox[a-z]-|xapp-|pypi-|\bsk-|(?:[nrtm]|%..)sk-|NRAK-)/,
  /\.(?:atlasv1|(?<=ya29\.|SG\.|hv[sbr]\.|hooks\.(?=slack)))/,
  /A(?:[KSBC][ISCA]A|Iza|GE-SECRET|A(?<=:AA))|GOCSPX|SK[0-9a-f]{8}|Q~/,
  /dapi[0-9a-f]/,
];
/** A cheap look at a whole text: false where no rule of this kind can find anything. */
export function mayHoldToken(text: string): boolean {
  return HINTS.some((hint) => hint.test(text));
}

/** The secret of an AWS pair, near its id: forty characters of base64. */
const AWS_SECRET = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/g;
const AWS_NEAR = 200;

export const knownTokens: TextRule = {
  id: 'known-tokens',
  title:
    'tokens with a well-known form: AWS, Google, Azure, GitHub, GitLab, Slack, Stripe, npm, PyPI, Vault, age and others; beside an AWS id its secret',
  example: 'ghp_0123456789abcdefghijklmnopqrstuvwxyz',
  *find(text) {
    if (!mayHoldToken(text)) return;
    for (const match of text.matchAll(PREFIXED_PATTERN)) {
      yield whole(match);
      if (!/^A[KSBC]/.test(match[0])) continue;
      const from = match.index + match[0].length;
      for (const secret of text.slice(from, from + AWS_NEAR).matchAll(AWS_SECRET)) {
        if (/[A-Z]/.test(secret[0]) && /[a-z]/.test(secret[0]) && /\d/.test(secret[0])) {
          yield { from: from + secret.index, to: from + secret.index + 40 };
        }
      }
    }
    for (const match of text.matchAll(
      /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)([A-Za-z0-9/_-]{20,})/g,
    )) {
      yield group(match, 2);
    }
  },
};

export const jsonWebTokens: TextRule = {
  id: 'json-web-tokens',
  title: 'JSON Web Tokens, signed or encrypted',
  example: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLW9mLWl0',
  *find(text) {
    if (!text.includes('eyJ')) return;
    const pattern =
      /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?/g;
    for (const match of text.matchAll(pattern)) yield whole(match);
  },
};

const AUTHORIZATION =
  /authorization\\*["']?\s*[:=]\s*\[?\s*\\*["']?\s*(?:(Bearer|Basic|Token|Digest|ApiKey|Negotiate|NTLM|Hawk|AWS4-HMAC-SHA256|Key|SharedAccessSignature)(?:\s|%20|\+)+)?([^"'\\\r\n]{8,})/gi;
const SCHEME = /\b(?:Bearer|Basic)(?:\s|%20)+([A-Za-z0-9._~+/-]{12,}={0,2})/gi;
const COOKIE = /\bcookie\\*["']?\s*[:=]\s*\[?\s*\\*["']?\s*([^"'\\\r\n\]]{4,})/gi;

export const authorization: TextRule = {
  id: 'authorization',
  title:
    'credentials of HTTP headers: Authorization with its scheme kept, Bearer and Basic alone, Cookie and Set-Cookie',
  example: 'Authorization: Bearer abcdef0123456789',
  *find(text) {
    for (const match of text.matchAll(AUTHORIZATION)) {
      const value = match[2] ?? '';
      if (match[1] === undefined && !/^\S{16,}\s*$/.test(value)) continue;
      const hit = group(match, 2);
      // In a log line other words may follow; a scheme other than Digest and the like has one word.
      const first = /^\S+/.exec(value)?.[0] ?? value;
      const single = match[1] !== undefined && !/^(?:digest|hawk|aws4)/i.test(match[1]);
      yield single ? { from: hit.from, to: hit.from + first.replace(/[,;)}\]]+$/, '').length } : hit;
    }
    for (const match of text.matchAll(SCHEME)) {
      // "bearer authentication": a credential has more than letters of one case.
      if (/\d|[a-z][A-Z]|=$/.test(match[1] ?? '')) yield group(match, 1);
    }
    for (const match of text.matchAll(COOKIE)) {
      if ((match[1] ?? '').includes('=')) yield group(match, 1);
    }
  },
};

const URL_PASSWORD = /:(?:\\*\/){2}[^\s:@/"'\\<>]{0,128}:((?:[^\s"'\\/<>@]|@(?=[^\s"'\\/<>]*@))+)@/g;
const DRIVER_PASSWORD = /([\w.-]+):([^\s@"'\\:]+)@(?:tcp|unix|udp)\(/g;

export const urlPasswords: TextRule = {
  id: 'url-passwords',
  title: 'the password of a URL or driver address; scheme, user, host and port stay',
  example: 'postgres://shop:hunter2@db.shop:5432/shop',
  *find(text) {
    if (!text.includes('@') || !text.includes(':')) return;
    for (const match of text.matchAll(URL_PASSWORD)) {
      if (!/^(?:\$[({]|<|\{\{)/.test(match[1] ?? '')) yield groupFromEnd(match, 1, 1);
    }
    if (!/@(?:tcp|unix|udp)\(/.test(text)) return;
    for (const match of text.matchAll(DRIVER_PASSWORD)) yield group(match, 2);
  },
};

const COMMANDS: readonly RegExp[] = [
  /(?:\bcurl\b[^\n|;&]{0,400}?\s-u|["'\s]--(?:proxy-)?user|\\*["']-u)\\*["']?[\s,=]+\\*["']?[^\s:"'\\,=]+:([^\s"'\\,]{3,})/g,
  /\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin)\b[^\n;|&]{0,400}?[\s"',]-p([^\s"'\\-][^\s"'\\]*)/g,
  /\bsshpass\b\\*["']?[\s,]+\\*["']?-p(?:\\*["'])?[\s,]*\\*["']?([^\s"'\\]+)/g,
  /\bredis-cli\b[^\n;|&]{0,400}?[\s"',]-a(?:\\*["'])?[\s,]+\\*["']?([^\s"'\\]+)/g,
  /\b(?:requirepass|masterauth)\\*["']?[ \t,]+\\*["']?([^\s"'\\]+)/g,
];

export const commandLines: TextRule = {
  id: 'command-lines',
  title: 'passwords of curl -u, mysql -p, sshpass -p, redis-cli -a and requirepass',
  example: 'curl -u shop:hunter2 http://api',
  *find(text) {
    if (!/\s-[upa]|--(?:proxy-)?user|["']-[upa]|requirepass|masterauth/.test(text)) return;
    for (const pattern of COMMANDS) {
      for (const match of text.matchAll(pattern)) {
        // Digits are a group id (`--user 1000:1000`); a `$` begins a reference.
        if (!/^(?:\d+|\$[({]?\w+[)}]?|-.*)$/.test(match[1] ?? '')) yield groupFromEnd(match, 1, 0);
      }
    }
  },
};

export const passwordHashes: TextRule = {
  id: 'password-hashes',
  title: 'hashes of passwords as crypt, bcrypt, argon2, scrypt and htpasswd write them',
  example: 'shop:$apr1$abcdefgh$0123456789abcdefghijkl',
  *find(text) {
    if (!text.includes('$') && !text.includes('{S')) return;
    const pattern =
      /\$(?:apr1|2[abxy]|1|5|6|y|7|argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9-]*)\$[A-Za-z0-9./+=,$-]{20,}|\{S?SHA(?:256|512)?\}[A-Za-z0-9+/]{24,}={0,2}/g;
    for (const match of text.matchAll(pattern)) yield whole(match);
  },
};

function whole(match: RegExpExecArray): Hit {
  return { from: match.index, to: match.index + match[0].length };
}

/** The place of a group that stands at the end of its match. */
function group(match: RegExpExecArray, index: number): Hit {
  const value = match[index] ?? '';
  const from = match.index + match[0].lastIndexOf(value);
  return { from, to: from + value.length };
}

/** The place of a group that ends `after` characters before the end of its match. */
function groupFromEnd(match: RegExpExecArray, index: number, after: number): Hit {
  const to = match.index + match[0].length - after;
  return { from: to - (match[index] ?? '').length, to };
}
