/** Requests that the proxies of both ends logged, and programs that are told what no proxy logged. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/mesh.ts';
import { on } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { access, NONE, objects, policy, rule, said, selector } from './mesh-support.ts';

describe('fires once on what both ends logged, of the server', () => {
  const OUT = {
    cluster: 'outbound|8000||pay.shop.svc.cluster.local',
    upstream: '10.244.0.14:8080',
    asked: '10.96.0.8:8000',
  };
  const UF = {
    code: 503,
    flags: 'UF',
    details: 'upstream_reset_before_response_started{connection_failure}',
  };
  const UC = {
    code: 503,
    flags: 'UC',
    details: 'upstream_reset_before_response_started{connection_termination}',
  };
  const four = ['a', 'b', 'c', 'd'];

  it('joined by x-request-id', () => {
    const server = four.map((id) => access({ ...UF, id })).join('');
    const client = four.map((id) => access({ ...OUT, ...UF, flags: 'URX', id })).join('');
    const finding = theFinding(check, objects, said({ text: server }, { text: client, pod: 'front-a' }));
    expect(finding.key).toBe('pod/mesh:Deployment/shop/pay');
    expect(finding.summary).toContain('could not pass on 4 requests to its own program: UF');
    expect(finding.detail).toContain(
      'Logged at the other end as well, by the sidecar of Deployment shop/front.',
    );
  });

  it('joined by the address that the client’s proxy sent from', () => {
    const connection = { request: '- - -', code: 0, id: '-', authority: '-', agent: '-' };
    const server = ['1', '2', '3'].map((n) =>
      access({ ...connection, ended: NONE, from: `10.244.0.12:${n}` }),
    );
    const client = ['1', '2', '3'].map((n) => access({ ...OUT, ...UC, id: n, local: `10.244.0.12:${n}` }));
    const both = said({ text: server.join('') }, { text: client.join(''), pod: 'front-a' });
    expect(theFinding(check, objects, both).summary).toContain(
      'Deployment shop/pay denies the connections of Deployment shop/front',
    );
  });

  it('but apart where they are not the same requests', () => {
    const server = four.map((id) => access({ ...UF, id })).join('');
    const client = ['e', 'f', 'g'].map((id) => access({ ...OUT, ...UC, id })).join('');
    const both = said({ text: server }, { text: client, pod: 'front-a' });
    expect(
      findings(check, objects, both)
        .map(({ object }) => object.name)
        .toSorted(),
    ).toEqual(['front', 'pay']);
  });

  it('but apart at another hop, to which the program handed the id on', () => {
    const server = four.map((id) => access({ ...UF, id })).join('');
    const client = four.map((id) => access({ ...OUT, ...UC, id, upstream: '10.244.0.77:8080' })).join('');
    const both = said({ text: server }, { text: client, pod: 'front-a' });
    expect(findings(check, objects, both)).toHaveLength(2);
  });

  it('and of the client where the server told too few', () => {
    const server = access({ ...UF, id: 'a' });
    const client = four.map((id) => access({ ...OUT, ...UF, id })).join('');
    const both = said({ text: server }, { text: client, pod: 'front-a' });
    expect(theFinding(check, objects, both).key).toBe('pod/mesh:Deployment/shop/front');
  });
});

describe('a client that is told RBAC: access denied, without an access log', () => {
  const line = `${on('14:30:00')} ERROR GET http://pay/ failed: 403 RBAC: access denied\n`;
  const told = said({ text: line.repeat(4), pod: 'front-a', container: 'app' });
  const nothing = policy('nothing', { selector });

  it('fires where a policy lets nobody in', () => {
    const finding = theFinding(check, [...objects, nothing], told);
    expect(finding.key).toBe('pod/mesh:Deployment/shop/front');
    expect(finding.summary).toContain(
      'is denied its requests by Service shop/pay (RBAC: access denied): AuthorizationPolicy shop/nothing allows nothing',
    );
    const deny = policy('closed', { action: 'DENY', rules: [{}] });
    expect(theFinding(check, [...objects, deny], told).summary).toContain('shop/closed denies everything');
  });

  it('is unknown where any of several could be it', () => {
    const verdict = verdictOf(check, {
      objects: [...objects, policy('pay', { selector, rules: [rule] })],
      ...told,
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown.map(({ detail }) => detail).join()).toContain('RBAC: access denied');
  });
});
