import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../../src/bundle/redaction/redactor.ts';
import { TEXT_RULES } from '../../../../src/bundle/redaction/rules.ts';

/** The text with every token written as `‹n›`, n the bytes it stands for. */
function redacted(text: string): { out: string; rules: string[]; raw: string } {
  const redactor = createRedactor();
  const raw = redactor.text({ evidence: 'log' }, Buffer.from(text)).toString('utf8');
  const out = raw.replace(/inquest-redacted:(\d+):[0-9a-f]{32}/g, '‹$1›');
  const rules = Object.entries(redactor.counts).flatMap(([id, count]) => (count > 0 ? [id] : []));
  return { out, rules, raw };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const json = (value: unknown, times = 1): string => {
  let text = JSON.stringify(value);
  for (let n = 1; n < times; n += 1) text = JSON.stringify(text);
  return text;
};
const BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${BODY}\nMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3S\nAb0=\n-----END RSA PRIVATE KEY-----\n`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----\n`;

/** Rule, text, and what is left of it. */
const FIRES: ReadonlyArray<readonly [string, string, string]> = [
  ['keyed-values', 'password=hunter2', 'password=‹7›'],
  ['keyed-values', '{"apiKey":"abc123","n":1}', '{"apiKey":"‹6›","n":1}'],
  ['keyed-values', '{"password":12345,"n":1}', ''],
  ['keyed-values', json({ a: json({ apiKey: 'a"b' }) }), '{"a":"{\\"apiKey\\":\\"‹3›\\"}"}'],
  [
    'keyed-values',
    json({ a: json({ b: json({ dbPassword: 'x\\"y' }) }) }),
    '{"a":"{\\"b\\":\\"{\\\\\\"dbPassword\\\\\\":\\\\\\"‹4›\\\\\\"}\\"}"}',
  ],
  [
    'keyed-values',
    json({ d: 'user: shop\npassword: two words # x\nport: 1\n' }),
    '{"d":"user: shop\\npassword: ‹9› # x\\nport: 1\\n"}',
  ],
  [
    'keyed-values',
    json({ d: 'PORT=1\nexport DB_PASSWORD=a b;c\nX=1' }),
    '{"d":"PORT=1\\nexport DB_PASSWORD=‹5›\\nX=1"}',
  ],
  ['keyed-values', 'a:\n  password: |\n    one\n    two\n  b: 1\n', 'a:\n  password: |\n    ‹7›\n  b: 1\n'],
  ['keyed-values', json({ d: 'password: |-\n  one\n  two\nb: 1' }), '{"d":"password: |-\\n  ‹7›\\nb: 1"}'],
  [
    'keyed-values',
    '2026-01-01T00:00:00.1Z a: 1\n2026-01-01T00:00:00.2Z   password: |\n2026-01-01T00:00:00.3Z     one\n2026-01-01T00:00:00.4Z     two\n2026-01-01T00:00:00.5Z   b: 1\n',
    '2026-01-01T00:00:00.1Z a: 1\n2026-01-01T00:00:00.2Z   password: |\n2026-01-01T00:00:00.3Z     ‹3›\n2026-01-01T00:00:00.4Z     ‹3›\n2026-01-01T00:00:00.5Z   b: 1\n',
  ],
  ['keyed-values', 'clientSecret: fbroa/dk6fj', 'clientSecret: ‹11›'],
  ['keyed-values', 'GET /pay?apiKey=abc&n=1 HTTP/1.1', 'GET /pay?apiKey=‹3›&n=1 HTTP/1.1'],
  ['keyed-values', 'next=%2Fpay%3FapiKey%3Dabc%26n%3D1', 'next=%2Fpay%3FapiKey%3D‹3›%26n%3D1'],
  ['keyed-values', 'Server=db,1433;Database=shop;User Id=sa;Password=p w;Encrypt=true;', ''],
  [
    'keyed-values',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abcd/+==;EndpointSuffix=x',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=‹8›;EndpointSuffix=x',
  ],
  [
    'keyed-values',
    'host=db user=shop password=hunter2 dbname=shop',
    'host=db user=shop password=‹7› dbname=shop',
  ],
  [
    'keyed-values',
    'jdbc:postgresql://db:5432/shop?user=a&password=hunter2&ssl=true',
    'jdbc:postgresql://db:5432/shop?user=a&password=‹7›&ssl=true',
  ],
  [
    'keyed-values',
    '2026-01-01T00:00:00Z \x1b[32mpassword\x1b[0m=\x1b[33mhunter2\x1b[0m ok',
    '2026-01-01T00:00:00Z \x1b[32mpassword\x1b[0m=\x1b[33m‹7›\x1b[0m ok',
  ],
  [
    'keyed-values',
    json({ a: '\x1b[1mtoken\x1b[0m: \x1b[2mabcdef\x1b[0m' }),
    '{"a":"\\u001b[1mtoken\\u001b[0m: \\u001b[2m‹6›\\u001b[0m"}',
  ],
  [
    'keyed-values',
    'https://a.blob.core.windows.net/c?sv=1&sig=AbCdEfGhIjKlMnOpQrStUv%3D&se=2',
    'https://a.blob.core.windows.net/c?sv=1&sig=‹25›&se=2',
  ],
  ['keyed-values', '"--db-password=hunter2"', '"--db-password=‹7›"'],
  ['keyed-values', 'client-key-data: TUlJRXZRSUJBREFO', 'client-key-data: ‹16›'],
  [
    'keyed-values',
    json({ auths: { 'r.example': { auth: base64('shop:hunter2') } } }),
    '{"auths":{"r.example":{"auth":"‹16›"}}}',
  ],
  ['keyed-values', 'X-Api-Key: abcdef', 'X-Api-Key: ‹6›'],
  ['keyed-values', "password: 'it''s'", "password: '‹5›'"],
  ['flag-values', '["--token","abcdef","--port","80"]', '["--token","‹6›","--port","80"]'],
  ['flag-values', 'app --password hunter2 --port 80', 'app --password ‹7› --port 80'],
  ['flag-values', 'args:\n- --password\n- hunter2\n- x\n', 'args:\n- --password\n- ‹7›\n- x\n'],
  ['named-values', '{"name":"DB_PASSWORD","value":"hunter2"}', '{"name":"DB_PASSWORD","value":"‹7›"}'],
  [
    'named-values',
    json(json({ name: 'DB_PASSWORD', value: 'hunter2' })),
    '"{\\"name\\":\\"DB_PASSWORD\\",\\"value\\":\\"‹7›\\"}"',
  ],
  ['named-values', '{"value":"hunter2","name":"DB_PASSWORD"}', '{"value":"‹7›","name":"DB_PASSWORD"}'],
  [
    'named-values',
    'env:\n- name: DB_PASSWORD\n  value: hunter2\n',
    'env:\n- name: DB_PASSWORD\n  value: ‹7›\n',
  ],
  ['url-passwords', 'postgres://shop:hunter2@db.shop:5432/shop', 'postgres://shop:‹7›@db.shop:5432/shop'],
  ['url-passwords', 'redis://:hunter2@cache:6379', 'redis://:‹7›@cache:6379'],
  ['url-passwords', 'amqp://a:p@ss@mq/', 'amqp://a:‹4›@mq/'],
  ['url-passwords', 'root:hunter2@tcp(mysql:3306)/shop', 'root:‹7›@tcp(mysql:3306)/shop'],
  ['authorization', 'Authorization: Basic c2hvcDpodW50ZXIy', 'Authorization: Basic ‹16›'],
  [
    'authorization',
    "curl -H 'Authorization: Bearer abcdefgh12345678' http://a",
    "curl -H 'Authorization: Bearer ‹16›' http://a",
  ],
  ['authorization', '{"Authorization":["Bearer abcdefgh12345678"]}', '{"Authorization":["Bearer ‹16›"]}'],
  ['authorization', 'sent Bearer abcdefgh12345678 to a', 'sent Bearer ‹16› to a'],
  ['authorization', 'Set-Cookie: sid=abcdef; Path=/', 'Set-Cookie: ‹18›'],
  ['json-web-tokens', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl.', 'got ‹49›.'],
  ['known-tokens', 'using ghp_0123456789abcdefghijklmnopqrstuvwxyz', 'using ‹40›'],
  ['known-tokens', 'AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '‹20› ‹40›'],
  ['known-tokens', json({ a: 'x\nglpat-0123456789abcdefghij' }), '{"a":"x\\n‹26›"}'],
  ['command-lines', 'curl -s -u shop:hunter2 http://api', 'curl -s -u shop:‹7› http://api'],
  ['command-lines', 'mysql -h db -uroot -phunter2 shop', 'mysql -h db -uroot -p‹7› shop'],
  ['command-lines', '["redis-cli","-a","hunter2","ping"]', '["redis-cli","-a","‹7›","ping"]'],
  ['password-hashes', 'shop:$apr1$abcdefgh$0123456789abcdefghijkl', 'shop:‹37›'],
  [
    'private-keys',
    JSON.stringify(PEM),
    '"-----BEGIN RSA PRIVATE KEY-----‹100›-----END RSA PRIVATE KEY-----\\n"',
  ],
  ['private-keys', PEM, '-----BEGIN RSA PRIVATE KEY-----\n‹64›\n‹32›\n‹4›\n-----END RSA PRIVATE KEY-----\n'],
  ['base64-text', base64('{"password":"hunter2"}'), ''],
  ['base64-text', `{"binaryData":{"a":"${base64('x password=hunter2 y')}"}}`, ''],
];

/** What must stay as it is. */
const QUIET: readonly string[] = [
  '{"path":"token","expirationSeconds":3607}',
  '{"automountServiceAccountToken":true,"tokenExpirationSeconds":600}',
  '{"secretName":"db-password","secretKeyRef":{"key":"password","name":"db"}}',
  '{"env":[{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"key":"password","name":"db"}}}]}',
  '{"name":"PAYMENT_URL","value":"http://payment.shop.svc:8080"}',
  '{"name":"DB_PASSWORD","value":"$(OTHER)"}',
  '{"name":"PASSWORD_FILE","value":"/etc/db/password"}',
  '{"name":"TOKEN_URL","value":"abc"}',
  '{"passwordPolicy":"strict","passwordMinLength":12}',
  '"--token-auth-file=/etc/kubernetes/tokens.csv"',
  '"--service-account-private-key-file=/etc/kubernetes/sa.key"',
  '{"f:password":{},"f:token":{}}',
  '{"kind":"Secret","type":"kubernetes.io/service-account-token"}',
  'image: registry.example:5000/shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'docker-pullable://registry:5000/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  '{"uid":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","resourceVersion":"123456"}',
  CERTIFICATE,
  base64(CERTIFICATE),
  'web-5d8c7f9b6-x7k2p',
  '[INFO] 10.0.0.1:40123 - 1 "A IN token.shop.svc.cluster.local. udp 40 false 512" NOERROR qr,aa,rd 78 0.0001s',
  'E0101 00:00:00.000000 1 auth.go:1] "Unable to authenticate" err="invalid bearer token, token is expired"',
  'W0101 secret="shop/db" not found',
  'nginx.ingress.kubernetes.io/auth-secret: basic-auth',
  '{"continue":"eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0"}',
  'run --user 1000:1000 app',
  'mkdir -p /data; nc -l -p 8080',
  'https://user@host/path and mailto:a@b.c',
  'redis://$(USER):$(PASS)@cache:6379',
  '--authorization-mode=Node,RBAC',
  'no Bearer token was sent',
  'max_tokens=4096',
];

describe('the text rules', () => {
  it('each replace their own example, and are told by their own count', () => {
    for (const rule of TEXT_RULES) {
      const { out, rules } = redacted(rule.example);
      expect([rule.id, rules.includes(rule.id), out === rule.example]).toEqual([rule.id, true, false]);
    }
  });

  it.each(FIRES)('%s: %s', (id, text, left) => {
    const { out, rules } = redacted(text);
    expect(rules).toContain(id);
    expect(out).not.toBe(text);
    expect(left === '' ? out : left).toBe(out);
    if (/^[{["]/.test(text)) JSON.parse(out);
  });

  it.each(QUIET)('leave %s', (text) => {
    expect(redacted(text).out).toBe(text);
  });

  it('change nothing but numbers when they are applied again', () => {
    for (const [, text] of FIRES.filter(([, one]) => !one.includes('12345'))) {
      const { raw } = redacted(text);
      expect(redacted(raw).raw).toBe(raw);
    }
  });

  it('give equal values equal tokens, whatever they are wrapped in', () => {
    const { raw } = redacted(
      `password="a\\"b" x\n${json({ apiKey: 'a"b' })}\n${json(json({ token: 'a"b' }))}\n`,
    );
    const tokens = raw.match(/inquest-redacted:3:[0-9a-f]{32}/g);
    expect(tokens).toHaveLength(3);
    expect(new Set(tokens).size).toBe(1);
  });

  it('keep a number a number', () => {
    const value = JSON.parse(redacted('{"password":12345}').raw) as { password: unknown };
    expect(value.password).toBeTypeOf('number');
    expect(value.password).not.toBe(12_345);
    expect(String(value.password)).toHaveLength(5);
  });
});

describe('private keys in logs', () => {
  const time = (n: number): string => `2026-01-01T00:00:0${n}.000000000Z `;
  const lines = PEM.trimEnd().split('\n');

  it('keep every line and its time, with other lines between', () => {
    const log = lines.flatMap((line, n) => [`${time(n)}${line}`, `${time(n)}GET /healthz 200`]).join('\n');
    const { out } = redacted(log);
    expect(out.split('\n').map((line) => line.slice(0, 31))).toEqual(
      log.split('\n').map((line) => line.slice(0, 31)),
    );
    expect(out).toContain('GET /healthz 200');
    for (const line of lines.slice(1, -1)) expect(out).not.toContain(line);
  });

  it('are found when their beginning or their end was cut', () => {
    for (const cut of [lines.slice(1), lines.slice(0, -1), lines.slice(0, 3), lines.slice(2)]) {
      const log = cut.map((line, n) => `${time(n)}${line}`).join('\n');
      const { out } = redacted(log);
      for (const line of cut.filter((one) => !one.startsWith('-----'))) expect(out).not.toContain(line);
    }
  });

  it('are found behind the prefix of an application', () => {
    const log = lines.map((line, n) => `${time(n)}INFO [main] key: ${line}`).join('\n');
    const { out } = redacted(log);
    for (const line of lines.slice(1, -1)) expect(out).not.toContain(line);
    expect(out.match(/INFO \[main\] key: /g)).toHaveLength(lines.length);
  });
});
