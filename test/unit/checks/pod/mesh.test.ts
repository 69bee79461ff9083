import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/mesh.ts';
import { event, on, pod, service } from '../../../support/kube-objects.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { fields, items } from '../../../../analyze/ingest/read.ts';
import { log, owners, podOf } from './pod-support.ts';

const SIDECAR = 'istio-proxy';

/** A pod with this in its status besides. */
function withStatus(object: KubeObject, more: object, statuses: readonly object[] = []): KubeObject {
  const status = fields(object['status']);
  const containerStatuses = [...items(status['containerStatuses']), ...statuses];
  return { ...object, status: { ...status, containerStatuses, ...more } };
}

/** pay-a as Istio leaves it, with these statuses. */
function proxied(
  sidecar: object = {},
  app: Readonly<Record<string, unknown>> = { ready: true },
  more: { name?: string; ready?: boolean; probe?: object } = {},
): KubeObject {
  const { name = SIDECAR, ready = true, probe = {} } = more;
  const spec = { containers: [{ name: 'app' }, { name, ...probe }] };
  const running = { state: { running: { startedAt: on('12:00:00') } }, restartCount: 0 };
  return withStatus(podOf({ ready, container: app, spec }), {}, [
    { name, image: 'proxy:1', ready: true, ...running, ...sidecar },
  ]);
}

const unready = (probe = {}): KubeObject =>
  proxied({ ready: false }, { ready: true }, { ready: false, probe });

interface Line {
  readonly clock?: string;
  readonly code?: number;
  readonly flags?: string;
  readonly details?: string;
  readonly failure?: string;
  readonly cluster?: string;
  readonly request?: string;
  readonly from?: string;
  readonly authority?: string;
}

const WEB = 'outbound|80||web.shop.svc.cluster.local';

/** In Istio's default format. */
function access(line: Line): string {
  const {
    clock = '14:30:00',
    code = 503,
    flags = 'UH',
    details = 'no_healthy_upstream',
    failure = '-',
  } = line;
  const { cluster = WEB, request = 'GET / HTTP/1.1', from = '10.1.0.9:39414', authority = 'web' } = line;
  return `${on(clock)} [${on(clock)}] "${request}" ${code} ${flags} ${details} - "${failure}" 0 19 3 - "-" "curl/8" "7ed010ec" "${authority}" "10.1.0.4:8080" ${cluster} - 10.96.0.4:80 ${from} - default\n`;
}

function proxyLog(text: string, name = SIDECAR, podName = 'pay-a'): EvidenceGiven {
  return { logs: [{ namespace: 'shop', pod: podName, container: name, text }] };
}

const lines = (times: number, line: Line = {}): string => access(line).repeat(times);
const passed = (times: number, line: Line = {}): string =>
  lines(times, { code: 200, flags: '-', details: 'via_upstream', ...line });

describe('fires on a sidecar that is not ready', () => {
  it('and runs', () => {
    const finding = theFinding(check, [...owners, unready()]);
    expect(finding).toMatchObject({
      key: 'pod/mesh:Deployment/shop/pay',
      role: 'cause',
      confidence: 'certain',
    });
    expect(finding.summary).toContain('Sidecar istio-proxy of Deployment shop/pay runs and is not ready');
  });

  it('within its startup probe, once it has said for a while that its control plane does not answer', () => {
    const probe = { startupProbe: { periodSeconds: 1, failureThreshold: 100_000 } };
    const said = ['14:29:00', '14:29:30', '14:30:00']
      .map(
        (clock) =>
          `${on(clock)} ${on(clock)}\twarning\tenvoy config\tStreamAggregatedResources gRPC config stream to xds-grpc closed since 40s ago: 14, connection error\n`,
      )
      .join('');
    const given = proxyLog(said);
    expect(theFinding(check, [...owners, unready(probe)], given).summary).toContain(
      'its control plane does not answer',
    );
    expect(findings(check, [...owners, unready(probe)])).toEqual([]);
  });

  it('of Linkerd, which waits for its identity', () => {
    const one = proxied({ ready: false }, { ready: true }, { name: 'linkerd-proxy', ready: false });
    const said = `${on('14:29:00')} [    15.0s]  WARN ThreadId(01) linkerd_app: Waiting for identity to be initialized...\n`;
    expect(theFinding(check, [...owners, one], proxyLog(said, 'linkerd-proxy')).summary).toContain(
      'Sidecar linkerd-proxy of Deployment shop/pay runs and is not ready, and says that its control plane',
    );
  });
});

describe('fires on a program that began before its sidecar', () => {
  const died = {
    ready: false,
    restartCount: 0,
    state: { terminated: { exitCode: 1, reason: 'Error', finishedAt: on('14:20:00') } },
  };
  const refused = log(['14:20:00', 'dial tcp 10.96.0.4:80: connect: connection refused']);

  it('whose container started later', () => {
    const late = proxied({ state: { running: { startedAt: on('14:20:20') } } }, died, { ready: false });
    const finding = theFinding(check, [...owners, late], { logs: refused });
    expect(finding.summary).toContain(
      'Container app of Deployment shop/pay began before its sidecar istio-proxy',
    );
    expect(finding.evidence.map(({ path }) => path)).toContain(
      'status.containerStatuses[istio-proxy].state.running.startedAt',
    );
  });

  it('whose probe still failed then', () => {
    const failed = {
      ...event('Pod', 'pay-a', 'Unhealthy', 'Readiness probe failed: connection refused', '14:20:03'),
    };
    failed['involvedObject'] = {
      ...fields(failed['involvedObject']),
      fieldPath: 'spec.containers{istio-proxy}',
    };
    const one = proxied({}, died, { ready: false });
    const finding = theFinding(check, [...owners, one, failed], { logs: refused });
    expect(finding.evidence.map(({ kind }) => kind)).toEqual(['log', 'event']);
  });

  it.each<[string, KubeObject, EvidenceGiven]>([
    ['nothing shows that the sidecar was late', proxied({}, died, { ready: false }), { logs: refused }],
    [
      'it died of something else',
      proxied({ state: { running: { startedAt: on('14:20:20') } } }, died, { ready: false }),
      { logs: log(['14:20:00', 'panic: no configuration']) },
    ],
    [
      'what refused was its own localhost, which goes past the proxy',
      proxied({ state: { running: { startedAt: on('14:20:20') } } }, died, { ready: false }),
      { logs: log(['14:20:00', 'dial tcp [::1]:5432: connect: connection refused']) },
    ],
  ])('but not where %s', (_, one, given) => {
    expect(findings(check, [...owners, one], given)).toEqual([]);
  });
});

describe('fires on what an upstream is at fault for, as a symptom that names it', () => {
  it.each<[string, Line]>([
    ['UH', {}],
    [
      'UF',
      {
        flags: 'UF,URX',
        details: 'upstream_reset_before_response_started{remote_connection_failure}',
        failure: 'delayed_connect_error:_Connection_refused',
      },
    ],
    ['UC', { flags: 'UC', details: 'upstream_reset_before_response_started{connection_termination}' }],
    ['UT', { code: 504, flags: 'UT', details: 'response_timeout' }],
    ['UO', { flags: 'UO', details: 'upstream_reset_before_response_started{overflow}' }],
    ['URX', { flags: 'URX', details: 'via_upstream' }],
  ])('%s', (flag, line) => {
    const web = service('web', { app: 'web' });
    const finding = theFinding(check, [...owners, proxied(), web], proxyLog(lines(4, line)));
    expect(finding).toMatchObject({ role: 'symptom', names: [{ kind: 'Service', name: 'web' }] });
    expect(finding.summary).toContain(
      `could not pass on 4 requests to web.shop.svc.cluster.local: ${flag}, `,
    );
  });

  it('as JSON', () => {
    const json = `${on('14:30:00')} {"response_code":503,"response_flags":"UH","response_code_details":"no_healthy_upstream","upstream_cluster":"${WEB}","authority":"web"}\n`;
    expect(theFinding(check, [...owners, proxied()], proxyLog(json.repeat(3))).role).toBe('symptom');
  });

  it('in Envoy’s own format', () => {
    const text = `${on('14:30:00')} [${on('14:30:00')}] "GET / HTTP/1.1" 503 UH 0 19 0 - "-" "curl" "7ed0" "web.shop:80" "-"\n`;
    expect(theFinding(check, [...owners, proxied()], proxyLog(text.repeat(3))).summary).toContain('web.shop');
  });

  it('of its own program', () => {
    const finding = theFinding(
      check,
      [...owners, proxied()],
      proxyLog(lines(3, { flags: 'UF', cluster: 'inbound|8080||' })),
    );
    expect(finding.summary).toContain('to its own program: UF');
    expect(finding.names).toEqual([]);
  });

  it('in Linkerd’s words', () => {
    const text = `${on('14:30:00')} [    73.6s]  WARN ThreadId(01) outbound:proxy{addr=10.96.0.4:80}:service{ns=shop name=web port=80}:endpoint{addr=10.1.0.4:8080}: linkerd_reconnect: Failed to connect error=endpoint 10.1.0.4:8080: Connection refused (os error 111) error.sources=[Connection refused (os error 111)]\n`;
    const one = proxied({}, { ready: true }, { name: 'linkerd-proxy' });
    const finding = theFinding(
      check,
      [...owners, one, service('web', { app: 'web' })],
      proxyLog(text.repeat(3), 'linkerd-proxy'),
    );
    expect(finding).toMatchObject({ role: 'symptom', names: [{ kind: 'Service', name: 'web' }] });
  });
});

describe('fires on rules of the mesh’s own, as a cause', () => {
  it.each<[string, Line, string]>([
    [
      'no route',
      { code: 404, flags: 'NR', details: 'route_not_found', cluster: '-' },
      'gives the sidecar of Deployment shop/pay no way to web',
    ],
    ['no cluster', { flags: 'NC', details: 'cluster_not_found', cluster: '-' }, 'no way to web'],
    [
      'TLS to what has none',
      {
        flags: 'UF,URX',
        details: 'upstream_reset_before_response_started{remote_connection_failure}',
        failure: 'TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end',
      },
      'cannot agree on TLS with web.shop.svc.cluster.local',
    ],
  ])('%s', (_, line, says) => {
    const finding = theFinding(check, [...owners, proxied()], proxyLog(lines(3, line)));
    expect(finding.role).toBe('cause');
    expect(finding.summary).toContain(says);
  });
});

describe('fires on a client in plain text where mutual TLS is demanded', () => {
  const server = pod('web-a', {
    labels: { app: 'web' },
    spec: { containers: [{ name: 'app' }, { name: SIDECAR }] },
  });
  const turned: Line = {
    code: 0,
    flags: 'NR',
    details: 'filter_chain_not_found',
    request: '- - -',
    cluster: '-',
  };
  const client = withStatus(podOf(), { podIP: '10.1.0.77' });

  it('turned away by the proxy of a server', () => {
    const text = lines(3, { ...turned, from: '10.1.0.77:51000' });
    const finding = theFinding(check, [...owners, client, server], proxyLog(text, SIDECAR, 'web-a'));
    expect(finding).toMatchObject({
      key: 'pod/mesh:Deployment/shop/pay',
      role: 'cause',
      confidence: 'certain',
    });
    expect(finding.summary).toContain(
      'calls shop/web-a in plain text, where mutual TLS is demanded, and is cut off: it has no sidecar',
    );
  });

  it('turned away by Linkerd', () => {
    const text = `${on('14:30:00')} [   522.4s]  INFO ThreadId(01) inbound:server{port=8080}: linkerd_app_inbound::policy::tcp: Connection denied server.group=policy.linkerd.io server.kind=server server.name=web tls=None(NoClientHello) client=10.1.0.77:37900\n`;
    const given = proxyLog(text.repeat(3), 'linkerd-proxy', 'web-a');
    expect(theFinding(check, [...owners, client, server], given).summary).toContain('in plain text');
  });

  it('by its own log and a PeerAuthentication, where no access is logged', () => {
    const strict = {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'default', namespace: 'shop' },
      spec: { mtls: { mode: 'STRICT' } },
    };
    const cut = 'ERROR Get "http://web/": read tcp: connection reset by peer';
    const given = { logs: log(['14:30:00', cut], ['14:30:05', cut], ['14:30:10', cut]) };
    const web = service('web', { app: 'web' });
    const finding = theFinding(check, [...owners, client, server, strict, web], given);
    expect(finding.summary).toContain('Service shop/web demands mutual TLS (STRICT)');
    const bare = pod('web-a', { labels: { app: 'web' } });
    expect(findings(check, [...owners, client, bare, strict, web], given)).toEqual([]);
    const lax = {
      ...strict,
      spec: { selector: { matchLabels: { app: 'web' } }, mtls: { mode: 'PERMISSIVE' } },
      metadata: { name: 'web', namespace: 'shop' },
    };
    expect(findings(check, [...owners, client, server, strict, lax, web], given)).toEqual([]);
  });

  it('but not on an address that is no pod’s, as of a load balancer’s health check', () => {
    const text = lines(9, { ...turned, from: '192.168.0.1:51000' });
    expect(findings(check, [...owners, client, server], proxyLog(text, SIDECAR, 'web-a'))).toEqual([]);
  });
});

describe('quiet', () => {
  const NR = { code: 404, flags: 'NR', details: 'route_not_found', cluster: '-' };
  it.each<[string, KubeObject, EvidenceGiven]>([
    ['a sidecar that works', proxied(), {}],
    ['a pod without one', podOf(), {}],
    ['requests that pass', proxied(), proxyLog(passed(9))],
    ['one failed request', proxied(), proxyLog(lines(1))],
    ['a few failures of a rollout, and then none', proxied(), proxyLog(lines(4) + passed(8))],
    ['a few failures of many', proxied(), proxyLog(passed(40) + lines(4))],
    ['failures that have ceased', proxied(), proxyLog(lines(9, { clock: '14:24:00' }))],
    [
      'clients that go away',
      proxied(),
      proxyLog(lines(9, { code: 0, flags: 'DC', details: 'downstream_remote_disconnect' })),
    ],
    [
      'what the program answers',
      proxied(),
      proxyLog(lines(9, { code: 404, flags: '-', details: 'via_upstream' })),
    ],
    [
      'a path without a route, of a host that has others',
      proxied(),
      proxyLog(lines(9, NR) + passed(1) + lines(3, NR)),
    ],
    [
      'hosts that strangers ask a gateway for',
      podOf({ spec: { containers: [{ name: SIDECAR }] } }),
      proxyLog(lines(9, NR)),
    ],
    [
      'a sidecar that crashes, which is told of as any container',
      proxied(
        { ready: false, restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        { ready: true },
        { ready: false },
      ),
      {},
    ],
  ])('on %s', (_, one, more) => {
    expect(findings(check, [...owners, one], more)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
