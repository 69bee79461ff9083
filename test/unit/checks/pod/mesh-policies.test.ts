/** What policies of a mesh turn away, in the words of its proxies (lines as Envoy 1.40 and linkerd-proxy write them). */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/mesh.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { on, pod, service } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding } from '../judging.ts';
import {
  access,
  denied,
  front,
  MATCHED,
  NONE,
  objects,
  policy,
  rule,
  running,
  said,
  selector,
  SIDECAR,
  type Line,
} from './mesh-support.ts';

describe('fires on requests that an AuthorizationPolicy denies', () => {
  it('by a DENY that its log names', () => {
    const deny = policy('no-front', { selector, action: 'DENY', rules: [rule] });
    const finding = theFinding(check, [...objects, deny], denied({ details: MATCHED }));
    expect(finding).toMatchObject({
      key: 'pod/mesh:Deployment/shop/pay',
      role: 'cause',
      confidence: 'certain',
    });
    expect(finding.summary).toBe(
      'Deployment shop/pay denies the requests of Deployment shop/front (403): AuthorizationPolicy shop/no-front (rule 0) matches (4 requests)',
    );
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Pod/pay-a',
      'AuthorizationPolicy/no-front',
    ]);
    expect(pointers(finding).some((one) => one.startsWith('AuthorizationPolicy/no-front spec ='))).toBe(true);
  });

  it.each<[string, KubeObject[], string]>([
    [
      'one that allows nothing',
      [policy('nothing', {})],
      'AuthorizationPolicy shop/nothing allows nothing: it has no rules',
    ],
    [
      'one that allows others',
      [policy('pay', { selector, action: 'ALLOW', rules: [rule] })],
      'no rule of AuthorizationPolicy shop/pay (ALLOW) matches',
    ],
    [
      'several, of the whole mesh as well, and none of another workload, of another action, or on trial',
      [
        policy('pay', { selector, rules: [rule] }),
        policy('mesh', { rules: [rule] }, { namespace: 'istio-system' }),
        policy('front', { selector: { matchLabels: { app: 'front' } }, rules: [rule] }),
        policy('deny', { selector, action: 'DENY', rules: [rule] }),
        policy('gateway', { targetRefs: [{ kind: 'Gateway', name: 'g' }], rules: [rule] }),
        policy('trial', { selector, rules: [rule] }, { annotations: { 'istio.io/dry-run': 'true' } }),
      ],
      'no rule of AuthorizationPolicy istio-system/mesh, shop/pay (ALLOW) matches',
    ],
    [
      'none that was captured',
      [],
      'no ALLOW policy matches; its log names none, and the bundle does not hold them',
    ],
  ])('by ALLOW policies of which none matches: %s', (_, policies, why) => {
    const finding = theFinding(check, [...objects, ...policies], denied());
    expect(finding.summary).toContain(
      `denies the requests of Deployment shop/front (403): ${why} (4 requests)`,
    );
  });

  it('on a connection, whose end tells it', () => {
    const line = {
      request: '- - -',
      code: 0,
      details: '-',
      ended: NONE,
      id: '-',
      authority: '-',
      agent: '-',
    };
    expect(theFinding(check, objects, denied(line)).summary).toContain(
      'denies the connections of Deployment shop/front: no ALLOW policy matches',
    );
  });

  it('of a CUSTOM action whose provider is not there', () => {
    const details =
      'rbac_access_denied_matched_policy[istio-ext-authz-opa-ns[shop]-policy[ext]-rule[0]-deny-due-to-bad-CUSTOM-action]';
    expect(theFinding(check, objects, denied({ details })).summary).toContain(
      'AuthorizationPolicy shop/ext (action CUSTOM) names a provider that the mesh is not configured with',
    );
  });

  it('in JSON', () => {
    const json = `${on('14:30:00')} {"response_code":403,"response_flags":"-","response_code_details":"${MATCHED}","upstream_cluster":"inbound|8080||","downstream_remote_address":"10.244.0.12:1","downstream_local_address":"10.244.0.14:8080"}\n`;
    expect(theFinding(check, objects, said({ text: json.repeat(3) })).summary).toContain(
      'shop/no-front (rule 0)',
    );
  });

  it('the kubelet for its probes, which makes it unready', () => {
    const line = { from: '192.168.0.1:40000', agent: 'kube-probe/1.36' };
    const finding = theFinding(check, objects, denied(line));
    expect(finding.summary).toContain('denies the requests of the kubelet’s probes (403)');
  });

  it('as a warning where others are let in', () => {
    const ok = access({ code: 200, details: 'via_upstream', from: '10.244.0.99:1' });
    const given = said({ text: access({ details: NONE }).repeat(4) + ok.repeat(9) });
    expect(theFinding(check, objects, given).severity).toBe('warning');
  });

  it('whoever asks, where nobody can be let in', () => {
    const stranger = denied({ from: '203.0.113.9:0' });
    expect(theFinding(check, [...objects, policy('nothing', {})], stranger).summary).toContain(
      'denies the requests of callers by way of a gateway (203.0.113.9) (403)',
    );
    expect(findings(check, [...objects, policy('pay', { selector, rules: [rule] })], stranger)).toEqual([]);
    const many = denied({ from: '203.0.113.9:0' }, 12);
    expect(findings(check, [...objects, policy('pay', { selector, rules: [rule] })], many)).toHaveLength(1);
    const tokens = { from: [{ source: { requestPrincipals: ['*'] } }] };
    expect(findings(check, [...objects, policy('pay', { selector, rules: [tokens] })], many)).toEqual([]);
  });
});

describe('fires on what Linkerd denies', () => {
  const linkerd = [...running('pay', '10.244.0.14', {}, 'linkerd-proxy'), ...front];
  const TLS =
    'Some(Established { client_id: Some(ClientId(Name("front.shop.serviceaccount.identity.linkerd.cluster.local"))), negotiated_protocol: None })';
  it.each([
    [
      `inbound:server{port=8080}: linkerd_app_inbound::policy::http: Request denied server.group=policy.linkerd.io server.kind=server server.name=pay route.group= route.kind=default route.name=default client.tls=${TLS} client.ip=10.244.0.12`,
      'denies the requests of Deployment shop/front (403): nothing authorizes its identity front.shop.serviceaccount.identity.linkerd.cluster.local for Server shop/pay',
    ],
    [
      `inbound:server{port=8080}: linkerd_app_inbound::policy::tcp: Connection denied server.group=policy.linkerd.io server.kind=server server.name=pay tls=${TLS} client=10.244.0.12:52118`,
      'denies the connections of Deployment shop/front: nothing authorizes its identity',
    ],
    [
      `inbound:server{port=8080}: linkerd_app_inbound::policy::http: Request denied server.group= server.kind=default server.name=deny route.group= route.kind=default route.name=default client.tls=${TLS} client.ip=10.244.0.12`,
      'the default inbound policy deny does not authorize its identity',
    ],
  ])('%s', (line, says) => {
    const text = `${on('14:30:00')} [   522.4s]  INFO ThreadId(01) ${line}\n`;
    const given = said({ text: text.repeat(3), container: 'linkerd-proxy' });
    const finding = theFinding(check, linkerd, given);
    expect(finding.summary).toContain(says);
  });

  it('but not on who asks the proxy itself for its metrics', () => {
    const text = `${on('14:30:00')} [  1289.2s]  INFO ThreadId(02) daemon:admin{listen.addr=0.0.0.0:4191}: linkerd_app_inbound::policy::http: Request denied server.group=policy.linkerd.io server.kind=server server.name=admin route.group= route.kind=default route.name=default client.tls=None(NoClientHello) client.ip=10.244.0.12\n`;
    expect(findings(check, linkerd, said({ text: text.repeat(9), container: 'linkerd-proxy' }))).toEqual([]);
  });
});

describe('fires on what the proxy of a node (ztunnel) turns away', () => {
  const ztunnel = pod('ztunnel-x', { spec: { containers: [{ name: SIDECAR }] } });
  const ambient = [
    ...running('pay', '10.244.0.14', {}, ''),
    ...running('front', '10.244.0.12', {}, ''),
    ztunnel,
  ];
  const passage = (error: string, from = '10.244.0.12:52252'): string =>
    `${on('14:30:00')} ${on('14:30:00')}\terror\taccess\tconnection complete\tsrc.addr=${from} src.workload="front-a" src.namespace="shop" src.identity="spiffe://cluster.local/ns/shop/sa/front" dst.addr=10.244.0.14:15008 dst.hbone_addr=10.244.0.14:8080 dst.service="pay.shop.svc.cluster.local" dst.workload="pay-a" dst.namespace="shop" dst.identity="spiffe://cluster.local/ns/shop/sa/pay" direction="inbound" bytes_sent=0 bytes_recv=0 duration="0ms"${error === '' ? '' : ` error="${error}"`}\n`;
  const REJECTED = 'connection closed due to policy rejection';
  const told = (text: string): EvidenceGiven => said({ text, pod: 'ztunnel-x' });

  it.each([
    [`${REJECTED}: explicitly denied by: shop/no-front`, 'AuthorizationPolicy shop/no-front matches'],
    [
      `${REJECTED}: allow policies exist, but none allowed`,
      'no rule of AuthorizationPolicy shop/pay (ALLOW) matches',
    ],
    [
      `${REJECTED}: explicitly denied by: istio-system/istio_converted_static_strict`,
      'they are in plain text, and mutual TLS is demanded (PeerAuthentication STRICT)',
    ],
    [REJECTED, 'by which policy its node’s ztunnel does not tell'],
  ])('%s', (error, why) => {
    const allowing = policy('pay', { selector, rules: [rule] });
    const finding = theFinding(check, [...ambient, allowing], told(passage(error).repeat(4)));
    expect(finding.key).toBe('pod/mesh:Deployment/shop/pay');
    expect(finding.summary).toBe(
      `Deployment shop/pay denies the connections of Deployment shop/front: ${why} (4 connections)`,
    );
    expect(finding.evidence[0]?.object?.name).toBe('ztunnel-x');
  });

  it('as JSON', () => {
    const json = `${on('14:30:00')} {"level":"error","scope":"access","message":"connection complete","src.addr":"10.244.0.12:52252","dst.workload":"pay-a","dst.namespace":"shop","direction":"inbound","error":"${REJECTED}"}\n`;
    expect(findings(check, ambient, told(json.repeat(3)))).toHaveLength(1);
  });

  it.each([
    ['connections that pass', passage('').repeat(9)],
    ['those that end otherwise', passage('connection failed: deadline has elapsed').repeat(9)],
    ['a few of many', passage('').repeat(30) + passage(REJECTED).repeat(4)],
    ['strangers', passage(REJECTED, '203.0.113.9:4711').repeat(9)],
  ])('but not on %s', (_, text) => {
    expect(findings(check, ambient, told(text))).toEqual([]);
  });
});

const BLOCKED: Line = {
  code: 502,
  details: 'direct_response',
  authority: 'api.example.com',
  cluster: '-',
  asked: '104.20.23.154:80',
  from: '10.244.0.14:35284',
  route: 'block_all',
};
const HOLE: Line = {
  request: '- - -',
  code: 0,
  flags: 'UH',
  id: '-',
  authority: '-',
  agent: '-',
  cluster: 'BlackHoleCluster',
  asked: '104.20.23.154:443',
  from: '10.244.0.14:49692',
  route: '-',
};
const shut = (line: Line): EvidenceGiven => said({ text: access(line).repeat(4) });
const entry = (spec: object): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'example', namespace: 'shop' },
  spec,
});
const other = entry({ hosts: ['www.example.org'], ports: [{ number: 443 }] });

describe('fires on what REGISTRY_ONLY does not let out', () => {
  it.each<[string, Line, KubeObject[], string]>([
    [
      'a host that no ServiceEntry names',
      BLOCKED,
      [other],
      'out to api.example.com:80 (outboundTrafficPolicy REGISTRY_ONLY): no ServiceEntry names it; 4 requests answered 502',
    ],
    [
      'a host, and no list of ServiceEntries',
      BLOCKED,
      [],
      'and whether a ServiceEntry names it the bundle does not hold',
    ],
    [
      'a port that its ServiceEntry lacks',
      BLOCKED,
      [entry({ hosts: ['*.example.com'], ports: [{ number: 443 }] })],
      'ServiceEntry shop/example has it on port 443, not on 80',
    ],
    [
      'a host that is kept from it',
      BLOCKED,
      [entry({ hosts: ['api.example.com'], ports: [{ number: 80 }], exportTo: ['.'] })],
      '1 ServiceEntry (shop/example) names it, and does not reach this proxy',
    ],
    [
      'an address',
      HOLE,
      [other],
      'out to 104.20.23.154:443 (outboundTrafficPolicy REGISTRY_ONLY): under what name',
    ],
    ['a name of TLS', { ...HOLE, sni: 'api.example.com' }, [other], 'out to api.example.com:443'],
    [
      'a Service of the cluster',
      { ...BLOCKED, authority: 'front', asked: '10.96.0.7:80' },
      [service('front', { app: 'front' })],
      'Service shop/front is kept from it, by a Sidecar’s egress or by exportTo, or has no such port',
    ],
  ])('%s', (_, line, more, says) => {
    const finding = theFinding(check, [...objects, ...more], shut(line));
    expect(finding).toMatchObject({ role: 'cause', severity: 'warning', confidence: 'certain' });
    expect(finding.summary).toContain('The mesh does not let Deployment shop/pay ');
    expect(finding.summary).toContain(says);
  });
});

describe('quiet', () => {
  const ok = access({ code: 200, details: 'via_upstream' });
  it.each<[string, readonly KubeObject[], EvidenceGiven]>([
    ['policies that deny nobody', [...objects, policy('nothing', {})], said({ text: ok.repeat(9) })],
    ['one or two who were denied', objects, denied({}, 2)],
    ['denials that have ceased', objects, denied({ clock: '14:24:00' }, 9)],
    ['a few of many', objects, said({ text: ok.repeat(40) + access({ details: NONE }).repeat(4) })],
    [
      'an external authorizer that says no',
      objects,
      denied({ flags: 'UAEX', details: 'ext_authz_denied' }, 9),
    ],
    ['what a program itself answers', objects, denied({ details: 'via_upstream' }, 9)],
    [
      'strangers at a gateway',
      [pod('pay-a', { spec: { containers: [{ name: SIDECAR }] } })],
      denied({ from: '203.0.113.9:51', cluster: '-' }, 20),
    ],
    ['what leaves by ALLOW_ANY', objects, shut({ ...HOLE, flags: '-', cluster: 'PassthroughCluster' })],
    ['a redirect that a route answers', objects, shut({ ...BLOCKED, code: 301, route: 'https-redirect' })],
    ['a loop by the proxy’s own port', objects, shut({ ...HOLE, flags: '-', asked: '10.244.0.14:15006' })],
  ])('on %s', (_, made, given) => {
    expect(findings(check, made, given)).toEqual([]);
  });
});
