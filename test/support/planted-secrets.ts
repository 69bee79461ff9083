/** Secrets of every kind, as people and programs leave them in texts, and the ways in which one text lies in another. */
import fc from 'fast-check';

export interface Planted {
  readonly kind: string;
  /** The text around the secret. */
  readonly text: string;
  /** What must not be found again, in any form. */
  readonly secrets: readonly string[];
}

const letters = (min: number, max = min): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'.split('')),
    minLength: min,
    maxLength: max,
  });
/** With what may stand in a password between quotes. */
const awkward = fc
  .tuple(
    letters(6, 10),
    fc.constantFrom('"', '\\', "'", ' ', ',', ';', '}', '&', '\n', 'ü', '$', '@'),
    letters(6, 10),
  )
  .map(([a, b, c]) => `${a}${b}${c}`);
/** A word without quotes around it. */
const bare = fc
  .tuple(
    letters(5, 9),
    fc.constantFrom('', '-', '_', '.', '/', '+', '=', '!', '#', '%', '^', '*', '~'),
    letters(5, 9),
  )
  .map(([a, b, c]) => `${a}${b}${c}`);
const key = fc.constantFrom(
  'password',
  'DB_PASSWORD',
  'dbPassword',
  'spring.datasource.password',
  'api-key',
  'apiKey',
  'API_KEY',
  'clientSecret',
  'client_secret',
  'aws_secret_access_key',
  'ACCESS_TOKEN',
  'authToken',
  'secretKey',
  'PGPASSWORD',
  'encryptionKey',
  'redisPwd',
  'private_key',
  'passphrase',
  'REDIS_PASS',
  'SMTP_PASSWORD_1',
  'credential',
);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function kind(
  name: string,
  secret: fc.Arbitrary<string>,
  text: (secret: string, name: string) => string,
): fc.Arbitrary<Planted> {
  return fc
    .tuple(secret, key)
    .map(([one, named]) => ({ kind: name, text: text(one, named), secrets: [one] }));
}

const pem = fc
  .tuple(
    fc.array(letters(64), { minLength: 2, maxLength: 5 }),
    letters(6, 40),
    fc.constantFrom('RSA ', 'EC ', 'OPENSSH ', ''),
  )
  .map(([lines, last, type]): Planted => ({
    kind: 'private key',
    text: `-----BEGIN ${type}PRIVATE KEY-----\n${[...lines, `${last}==`].join('\n')}\n-----END ${type}PRIVATE KEY-----\n`,
    secrets: [...lines, last],
  }));

export const secretTexts: fc.Arbitrary<Planted> = fc.oneof(
  kind('JSON', awkward, (secret, name) => JSON.stringify({ host: 'db', [name]: secret, port: 5432 })),
  kind('YAML', bare, (secret, name) => `server:\n  host: db\n  ${name}: ${secret}\n  port: 5432\n`),
  kind('quoted YAML', awkward, (secret, name) => `host: db\n${name}: ${JSON.stringify(secret)}\nport: 1\n`),
  kind('YAML block', letters(12, 30), (secret, name) => `a: 1\n${name}: |\n  ${secret}\nport: 1\n`),
  kind('env file', bare, (secret, name) => `HOST=db\n${name}=${secret}\nPORT=1\n`),
  kind(
    'words in an env file',
    letters(8, 12),
    (secret, name) => `HOST=db\nexport ${name}=correct ${secret}\nPORT=1\n`,
  ),
  kind('INI', bare, (secret, name) => `[db]\nhost = db\n${name} = ${secret}\n`),
  kind('query', letters(10, 20), (secret, name) => `GET http://api/pay?n=1&${name}=${secret}&m=2 200`),
  kind('flag', letters(10, 20), (secret, name) => `app --port 80 --${name} ${secret} --verbose`),
  kind('URL', bare, (secret) => `postgres://shop:${secret.replaceAll(/[/#%]/g, 'x')}@db.shop:5432/shop`),
  kind('log pair', letters(10, 20), (secret, name) => `INFO connecting ${name}="${secret}" host=db`),
  kind('bearer', letters(24, 40), (secret) => `GET /pay Authorization: Bearer ${secret}7 from 10.0.0.1`),
  kind(
    'basic',
    letters(10, 20),
    (secret) => `curl -H 'Authorization: Basic ${base64(`shop:${secret}`)}' http://api`,
  ),
  kind('curl', letters(10, 20), (secret) => `curl -s -u shop:${secret} http://api`),
  kind(
    'JWT',
    letters(30, 60),
    (secret) => `sent eyJhbGciOiJIUzI1NiJ9.${base64('{"sub":"a"}').replaceAll('=', '')}.${secret} ok`,
  ),
  kind(
    'AWS',
    fc
      .string({
        unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.split('')),
        minLength: 16,
        maxLength: 16,
      })
      .map((id) => `AKIA${id}`),
    (id) => `using ${id} in eu-central-1`,
  ),
  kind('GitHub', letters(36), (secret) => `cloning with ghp_${secret}`),
  kind('Slack', letters(24), (secret) => `posting as xoxb-1234567890-${secret}`),
  kind(
    'age',
    fc.string({
      unit: fc.constantFrom(...'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.split('')),
      minLength: 58,
      maxLength: 58,
    }),
    (secret) => `AGE-SECRET-KEY-1${secret}`,
  ),
  kind('ADO.NET', bare, (secret) => `Server=db,1433;User Id=sa;Password=${secret};Encrypt=true`),
  kind('libpq', letters(10, 20), (secret) => `host=db user=shop password=${secret} dbname=shop`),
  kind(
    'Azure',
    letters(60),
    (secret) => `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${secret}==;EndpointSuffix=core`,
  ),
  kind(
    'kubeconfig',
    letters(40),
    (secret) =>
      `users:\n- name: admin\n  user:\n    client-key-data: ${base64(secret)}\n    token: ${secret}\n`,
  ),
  kind('docker config', letters(12), (secret) =>
    JSON.stringify({ auths: { 'r.example': { username: 'shop', auth: base64(`shop:${secret}`) } } }),
  ),
  kind('manifest', bare, (secret, name) =>
    JSON.stringify({
      kind: 'Deployment',
      env: [{ name: name.replaceAll('.', '_').toUpperCase(), value: secret }],
    }),
  ),
  pem,
);

/** Nests a text: as it is, in JSON, in JSON in JSON, in base64. */
export const nestings: ReadonlyArray<{ readonly name: string; wrap(planted: Planted): string | undefined }> =
  [
    { name: 'plain', wrap: ({ text }) => text },
    { name: 'JSON', wrap: ({ text }) => JSON.stringify({ note: text, n: 1 }) },
    {
      name: 'JSON twice',
      wrap: ({ text }) => JSON.stringify({ outer: JSON.stringify({ note: text, n: 1 }) }),
    },
    {
      name: 'base64',
      wrap: ({ text }) => (/^(?:\{"|-----BEGIN)/.test(text) ? base64(text) : undefined),
    },
  ];

/** The secret in the forms in which bytes may hold it. */
export function formsOf(secret: string): string[] {
  const once = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(once).slice(1, -1);
  // Three places in base64's groups of three; without the characters that neighbours share.
  const shifted = [0, 1, 2].map((shift) =>
    base64(`${'x'.repeat(shift)}${secret}`)
      .slice(shift === 0 ? 0 : 4)
      .replace(/.{0,2}=*$/, ''),
  );
  return [...new Set([secret, once, twice, encodeURIComponent(secret), ...shifted])].filter(
    (form) => form.length >= 5,
  );
}
