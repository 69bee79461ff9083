/** A whole capture under `--redact strict`: no name, host or address that was planted anywhere is in the bytes of the file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, it } from 'vitest';
import { VOCABULARY } from '../../src/bundle/redaction/vocabulary.ts';
import {
  type Answer,
  json,
  pagedList,
  startFakeApiServer,
  status,
  text,
} from '../support/fake-api-server.ts';
import { fakeCapture } from '../support/fake-capture.ts';
import { healthyAnswers } from '../support/healthy-server.ts';

const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split(''));
const stays = [...VOCABULARY].join(' ');
/** A name that is nobody's word, and too long to be met by chance. */
const name = fc
  .array(letter, { minLength: 7, maxLength: 12 })
  .map((letters) => letters.join(''))
  .filter((word) => !stays.includes(word) && /[aeiou]/.test(word));
const octet = fc.integer({ min: 0, max: 255 });
const v4 = fc
  .tuple(
    fc.constantFrom('10', '172.20', '192.168', '52.17', '203.0'),
    octet,
    octet,
    fc.integer({ min: 100, max: 254 }),
  )
  .map(([head, ...rest]) => [...head.split('.'), ...rest].slice(0, 3).concat(rest[2]).join('.'));
const v6 = fc
  .array(fc.integer({ min: 0x1000, max: 0xffff }), { minLength: 6, maxLength: 6 })
  .map((groups) => ['2001', ...groups.map((group) => group.toString(16)), '1'].join(':'));

const cast = fc.record({
  names: fc.uniqueArray(name, { minLength: 16, maxLength: 16 }),
  addresses: fc.uniqueArray(v4, { minLength: 8, maxLength: 8 }),
  long: fc.uniqueArray(v6, { minLength: 3, maxLength: 3 }),
});
interface Cast {
  readonly names: string[];
  readonly addresses: string[];
  readonly long: string[];
}

const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;

/** A small cluster in which every name and address is one of these, in every form and place that comes to mind. */
function answersOf({ names, addresses, long }: Cast): Record<string, Answer> {
  const at = (from: readonly string[], index: number): string => from[index] ?? '';
  const [ns, app, node, user] = [at(names, 0), at(names, 1), at(names, 2), at(names, 3)];
  const [firm, team, zone, label] = [at(names, 4), at(names, 5), at(names, 6), at(names, 7)];
  const [account, cause, image, key] = [at(names, 8), at(names, 9), at(names, 10), at(names, 11)];
  const [map, ingress, thing, mail] = [at(names, 12), at(names, 13), at(names, 14), at(names, 15)];
  const [podIp, nodeIp, clusterIp, outer] = [
    at(addresses, 0),
    at(addresses, 1),
    at(addresses, 2),
    at(addresses, 3),
  ];
  const [other, mask, peer, gone] = [at(addresses, 4), at(addresses, 5), at(addresses, 6), at(addresses, 7)];
  const [podIp6, peer6, outer6] = [at(long, 0), at(long, 1), at(long, 2)];
  const host = `${app}-api.${ns}.svc.cluster.local`;
  const pod = `${app}-7d9f8b6c5-x2k4z`;
  const words =
    `${user}.${mail}@${firm}.com of ${capital(team)} (https://${app}.${firm}.io:8443/${thing}?${key}=${label}) ` +
    `${cause.toUpperCase()}_HOST ${app}${capital(cause)} ${gone} [${outer6}]:443 ::ffff:${other} ` +
    `ip-${peer.replaceAll('.', '-')}.${zone}.compute.internal ${peer.split('.').reverse().join('.')}.in-addr.arpa. ` +
    `${reversed(peer6)}.ip6.arpa IP ${podIp}.41022 > ${clusterIp}.53 0a:58:${hexOf(podIp)}`;
  const podObject = {
    metadata: {
      namespace: ns,
      name: pod,
      uid: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      labels: { app: `${app}-v1`, [`${firm}.com/team`]: team },
      annotations: {
        [`${key}.${firm}.com/note`]: words,
        nested: JSON.stringify({ a: JSON.stringify({ words }) }),
      },
      managedFields: [
        {
          manager: `${user}-controller`,
          operation: 'Update',
          fieldsV1: { 'f:metadata': { [`f:${label}`]: {} } },
        },
      ],
    },
    spec: {
      nodeName: node,
      serviceAccountName: account,
      containers: [
        {
          name: app,
          image: `registry.${firm}.io:5000/${team}/${image}:1.2.3`,
          env: [
            { name: `${app.toUpperCase()}_SERVICE_HOST`, value: clusterIp },
            { name: 'UPSTREAM', value: `http://${host}:8080/${thing}` },
          ],
          args: [`--listen=${podIp}:8080`, `--peer=${peer6}`, `--owner=${user}`],
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: podIp,
      podIPs: [{ ip: podIp }, { ip: podIp6 }],
      hostIP: nodeIp,
      message: words,
      containerStatuses: [
        { name: app, restartCount: 0, state: { running: {} }, imageID: `${image}@sha256:${'ab'.repeat(32)}` },
      ],
    },
  };
  const meta = (called: string): object => ({ metadata: { namespace: ns, name: called } });
  const log = [
    words,
    `GET http://${host}/ from ${peer}:40123`,
    `\u001b[31m${cause}\u001b[0m dial tcp ${gone}:80`,
  ]
    .map((line) => `2026-01-01T00:00:00.000000000Z ${line}\n`)
    .join('');
  const healthy = healthyAnswers();
  const discovery = (resources: ReadonlyArray<readonly [string, string]>): Answer =>
    json({
      kind: 'APIGroupDiscoveryList',
      items: [
        {
          metadata: { name: '' },
          versions: [
            {
              version: 'v1',
              resources: resources.map(([resource, kind]) => ({
                resource,
                responseKind: { kind },
                scope: 'Namespaced',
                verbs: ['list'],
              })),
            },
          ],
        },
      ],
    });
  return {
    ...healthy,
    '/apis/authentication.k8s.io/v1/selfsubjectreviews': json({
      status: { userInfo: { username: `${user}@${firm}.com`, groups: [`${firm}:${team}`] } },
    }),
    '/api': discovery([
      ['pods', 'Pod'],
      ['services', 'Service'],
      ['configmaps', 'ConfigMap'],
      ['endpoints', 'Endpoints'],
    ]),
    '/readyz': text(words),
    '/api/v1/events': pagedList('EventList', [
      {
        ...meta(`${pod}.17c`),
        involvedObject: { kind: 'Pod', namespace: ns, name: pod },
        message: `Node ${node}: ${words}`,
      },
    ]),
    '/api/v1/pods': pagedList('PodList', [podObject]),
    '/api/v1/services': pagedList('ServiceList', [
      {
        ...meta(`${app}-api`),
        spec: {
          clusterIP: clusterIp,
          selector: { app: `${app}-v2` },
          ports: [{ port: 80, name: label }],
          externalIPs: [outer],
        },
      },
    ]),
    '/api/v1/nodes': pagedList('NodeList', [
      {
        metadata: { name: node, labels: { 'topology.kubernetes.io/zone': zone } },
        spec: { podCIDR: `${mask}/32`, providerID: `aws:///${zone}/i-${mail}` },
        status: {
          addresses: [
            { type: 'InternalIP', address: nodeIp },
            { type: 'Hostname', address: `${node}.${firm}.com` },
          ],
        },
      },
    ]),
    '/api/v1/configmaps': pagedList('ConfigMapList', [{ ...meta(map), data: { [`${key}.conf`]: words } }]),
    '/api/v1/endpoints': status(403, `User "${user}" of "${firm}" may not: ${words}`),
    '/apis/networking.k8s.io/v1/ingresses': pagedList('IngressList', [
      {
        ...meta(ingress),
        spec: { rules: [{ host: `${app}.${firm}.com` }] },
        status: { loadBalancer: { ingress: [{ ip: outer }] } },
      },
    ]),
    '/apis/example.com/v1/things': pagedList('ThingList', [
      { metadata: { name: thing }, spec: { deep: [{ [key]: words }] } },
    ]),
    [`/api/v1/namespaces/${ns}/pods/${pod}/log`]: text(log),
    [`/api/v1/nodes/${node}/proxy/pods`]: json({ kind: 'PodList', items: [podObject] }),
    [`/api/v1/nodes/${node}/proxy/configz`]: json({
      kubeletconfig: { clusterDNS: [clusterIp], clusterDomain: `${firm}.internal` },
    }),
    [`/api/v1/nodes/${node}/proxy/healthz`]: text(words),
  };
}

function reversed(address: string): string {
  const digits = ipaddr
    .parse(address)
    .toByteArray()
    .map((byte) => byte.toString(16).padStart(2, '0'));
  return Array.from(digits.join('')).reverse().join('.');
}

function hexOf(address: string): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':');
}

/** In what forms the bytes still hold what was planted. */
function leaks({ names, addresses, long }: Cast, bytes: Buffer): string[] {
  const held = bytes.toString('latin1');
  const small = held.toLowerCase();
  const numbers = addresses.flatMap((address) => [
    address,
    address.replaceAll('.', '-'),
    address.split('.').reverse().join('.'),
    hexOf(address),
  ]);
  const alone = (form: string): boolean =>
    new RegExp(String.raw`(?<![\d.])${form.replaceAll('.', String.raw`\.`)}(?!\d)`).test(held);
  return [
    ...names.filter((one) => small.includes(one)),
    ...numbers.filter((form) => held.includes(form) && alone(form)),
    ...long.flatMap((one) => [one, reversed(one)]).filter((form) => small.includes(form)),
  ];
}

it('holds no planted name, host or address, compressed or not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'inquest-strict-'));
  try {
    await fc.assert(
      fc.asyncProperty(cast, async (planted) => {
        const server = await startFakeApiServer(answersOf(planted));
        const open = await fakeCapture(server.url, folder, { timeoutMs: 5000 });
        // Where it was planted, it does come into the file: else nothing is proved.
        expect(leaks(planted, gunzipSync(readFileSync(open.file)))).toEqual(
          expect.arrayContaining([...planted.names, ...planted.addresses, ...planted.long]),
        );
        rmSync(open.file);
        const { file, header, redactions } = await fakeCapture(server.url, folder, {
          timeoutMs: 5000,
          redaction: 'strict',
        });
        await server.close();
        const packed = readFileSync(file);
        expect(leaks(planted, gunzipSync(packed))).toEqual([]);
        expect(leaks(planted, packed)).toEqual([]);
        expect(header.redaction.mode).toBe('strict');
        expect(redactions['pseudonym-addresses']).toBeGreaterThan(20);
        rmSync(file);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
