/** What Istio's control plane would have Envoy do, as one bootstrap file: its listeners, clusters and access log by their own names. */
import { spiffeOf } from './certificates.ts';

type Json = Readonly<Record<string, unknown>>;

/** Where requests to a Service go. */
export interface Upstream {
  /** Of the Service, in the sidecar's own namespace. */
  readonly service: string;
  readonly port: number;
  readonly clusterIp: string;
  /** `address:port` of its pods, as the control plane would tell them. */
  readonly endpoints: readonly string[];
  /** Speak mutual TLS to them. */
  readonly mtls: boolean;
  /** `none`: no route leads there. `lost`: one leads to a cluster that is not there. */
  readonly route?: 'none' | 'lost';
  /** Of a request, in seconds; 0 for ever, as Istio has it. */
  readonly timeout?: number;
}

export interface SidecarConfig {
  readonly namespace: string;
  /** The port of the program, and what is demanded of those that call it. */
  readonly inbound?: {
    readonly port: number;
    readonly mtls: 'STRICT' | 'PERMISSIVE' | 'DISABLE';
    /** Requests to the program at a time; more are turned away. */
    readonly atMost?: number;
  };
  readonly outbound?: readonly Upstream[];
  /** `host:port` of a control plane from which all else would come: it gets nothing before that answers. */
  readonly controlPlane?: string;
}

/** Istio's since 1.9 (`EnvoyTextLogFormat` in its pilot/pkg/model/telemetry_logging.go). */
const LOG_FORMAT = `${[
  '[%START_TIME%]',
  '"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"',
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%',
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION%',
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"',
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW%',
  '%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%',
  '%REQUESTED_SERVER_NAME% %ROUTE_NAME%',
].join(' ')}\n`;

/** Where the file and the certificates are mounted. */
export const CONFIG_DIR = '/etc/istio/proxy';
const V3 = 'type.googleapis.com/envoy.extensions';
const admin = 15_000;

const typed = (name: string, type: string, more: Json = {}): Json => ({
  name,
  typed_config: { '@type': `${V3}.${type}`, ...more },
});
const socket = (address: string, port: number): Json => ({
  socket_address: { address, port_value: port },
});
const logged = (more: Json = {}): Json => ({
  ...typed('envoy.access_loggers.file', 'access_loggers.file.v3.FileAccessLog', {
    path: '/dev/stdout',
    log_format: { text_format_source: { inline_string: LOG_FORMAT } },
  }),
  ...more,
});

/** An HTTP connection manager of this name for these virtual hosts. */
function http(name: string, hosts: readonly Json[], accessLog = true): Json {
  return typed(
    'envoy.filters.network.http_connection_manager',
    'filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: name,
      route_config: { name, validate_clusters: false, virtual_hosts: hosts },
      http_filters: [typed('envoy.filters.http.router', 'filters.http.router.v3.Router')],
      ...(accessLog ? { access_log: [logged()] } : {}),
    },
  );
}

function cluster(name: string, endpoints: readonly string[], more: Json = {}): Json {
  const found = endpoints.map((one) => {
    const [address = '', port = ''] = one.split(':');
    return { endpoint: { address: socket(address, Number(port)) } };
  });
  return {
    name,
    connect_timeout: '10s',
    load_assignment: { cluster_name: name, endpoints: found.length === 0 ? [] : [{ lb_endpoints: found }] },
    ...more,
  };
}

const file = (name: string): Json => ({ filename: `${CONFIG_DIR}/${name}` });
const certificates = {
  tls_certificates: [{ certificate_chain: file('cert.pem'), private_key: file('key.pem') }],
};
const trusted = (namespace: string): Json => ({
  validation_context: {
    trusted_ca: file('ca.pem'),
    match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: spiffeOf(namespace) } }],
  },
});

function clientTls(namespace: string): Json {
  return typed('envoy.transport_sockets.tls', 'transport_sockets.tls.v3.UpstreamTlsContext', {
    common_tls_context: { ...certificates, ...trusted(namespace), alpn_protocols: ['istio'] },
  });
}

function serverTls(namespace: string): Json {
  return typed('envoy.transport_sockets.tls', 'transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: true,
    common_tls_context: { ...certificates, ...trusted(namespace), alpn_protocols: ['istio', 'http/1.1'] },
  });
}

const nameOf = ({ service, port }: Upstream, namespace: string): string =>
  `outbound|${port}||${service}.${namespace}.svc.cluster.local`;

function outboundListener(port: number, upstreams: readonly Upstream[], namespace: string): Json {
  const hosts = upstreams.map((one): Json => {
    const { service, clusterIp, route, timeout = 0 } = one;
    const full = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, clusterIp];
    const to =
      route === 'lost'
        ? `outbound|${port}|v2|${service}.${namespace}.svc.cluster.local`
        : nameOf(one, namespace);
    const retry_policy = {
      retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
      num_retries: 2,
    };
    const action = { cluster: to, timeout: `${timeout}s`, retry_policy };
    return {
      name: `${service}.${namespace}.svc.cluster.local:${port}`,
      domains: full.flatMap((domain) => [domain, `${domain}:${port}`]),
      routes: route === 'none' ? [] : [{ name: 'default', match: { prefix: '/' }, route: action }],
    };
  });
  return {
    name: `0.0.0.0_${port}`,
    address: socket('0.0.0.0', port),
    bind_to_port: false,
    traffic_direction: 'OUTBOUND',
    filter_chains: [{ filters: [http(`${port}`, hosts)] }],
  };
}

function inboundListener({ namespace, inbound }: SidecarConfig): Json {
  const { port = 0, mtls = 'PERMISSIVE' } = inbound ?? {};
  const to = {
    name: 'default',
    match: { prefix: '/' },
    route: { cluster: `inbound|${port}||`, timeout: '0s' },
  };
  const filters = [
    http(`inbound|${port}||`, [{ name: `inbound|http|${port}`, domains: ['*'], routes: [to] }]),
  ];
  const chain = (transport_protocol: string, more: Json = {}): Json => ({
    name: '0.0.0.0_' + String(port),
    filter_chain_match: { destination_port: port, transport_protocol },
    filters,
    ...more,
  });
  return {
    name: 'virtualInbound',
    address: socket('0.0.0.0', 15_006),
    traffic_direction: 'INBOUND',
    listener_filters: [
      typed('envoy.filters.listener.original_dst', 'filters.listener.original_dst.v3.OriginalDst'),
      typed('envoy.filters.listener.tls_inspector', 'filters.listener.tls_inspector.v3.TlsInspector'),
    ],
    filter_chains: [
      ...(mtls === 'DISABLE' ? [] : [chain('tls', { transport_socket: serverTls(namespace) })]),
      ...(mtls === 'STRICT' ? [] : [chain('raw_buffer', { name: `0.0.0.0_${port}_plain` })]),
    ],
    // What no filter chain takes is logged by the listener itself.
    access_log: [logged({ filter: { response_flag_filter: { flags: ['NR'] } } })],
  };
}

/** Readiness, metrics and the program's own probe, which pilot-agent would answer on its ports. */
function ownListeners({ inbound }: SidecarConfig): Json[] {
  const listener = (port: number, prefix: string, to: string, path: string): Json => ({
    name: `own_${port}`,
    address: socket('0.0.0.0', port),
    filter_chains: [
      {
        filters: [
          http(
            `own_${port}`,
            [
              {
                name: 'own',
                domains: ['*'],
                routes: [{ match: { prefix }, route: { cluster: to, prefix_rewrite: path } }],
              },
            ],
            false,
          ),
        ],
      },
    ],
  });
  return [
    listener(15_021, '/healthz/ready', 'agent', '/ready'),
    listener(15_090, '/stats/prometheus', 'agent', '/stats/prometheus'),
    ...(inbound === undefined
      ? []
      : [listener(15_020, '/app-health/app/readyz', `probe|${inbound.port}||`, '/')]),
  ];
}

function listenersOf(config: SidecarConfig): Json[] {
  const { namespace, outbound = [] } = config;
  const byPort = Map.groupBy(outbound, ({ port }) => port);
  return [
    {
      name: 'virtualOutbound',
      address: socket('0.0.0.0', 15_001),
      traffic_direction: 'OUTBOUND',
      use_original_dst: true,
      filter_chains: [
        {
          filters: [
            typed('envoy.filters.network.tcp_proxy', 'filters.network.tcp_proxy.v3.TcpProxy', {
              stat_prefix: 'PassthroughCluster',
              cluster: 'PassthroughCluster',
              access_log: [logged()],
            }),
          ],
        },
      ],
    },
    ...[...byPort].map(([port, upstreams]) => outboundListener(port, upstreams, namespace)),
    ...(config.inbound === undefined ? [] : [inboundListener(config)]),
    ...ownListeners(config),
  ];
}

function clustersOf({ namespace, inbound, outbound = [] }: SidecarConfig): Json[] {
  const most = inbound?.atMost;
  const thresholds = [{ max_requests: most, max_pending_requests: most, max_connections: most }];
  return [
    cluster('agent', [`127.0.0.1:${admin}`]),
    {
      name: 'PassthroughCluster',
      type: 'ORIGINAL_DST',
      lb_policy: 'CLUSTER_PROVIDED',
      connect_timeout: '10s',
    },
    ...outbound.map((one) =>
      cluster(
        nameOf(one, namespace),
        one.endpoints,
        one.mtls ? { transport_socket: clientTls(namespace) } : {},
      ),
    ),
    ...(inbound === undefined
      ? []
      : [
          cluster(
            `inbound|${inbound.port}||`,
            [`127.0.0.1:${inbound.port}`],
            most === undefined ? {} : { circuit_breakers: { thresholds } },
          ),
          cluster(`probe|${inbound.port}||`, [`127.0.0.1:${inbound.port}`]),
        ]),
  ];
}

/** The bootstrap file of a sidecar. */
export function bootstrapOf(config: SidecarConfig): Json {
  const { namespace, controlPlane } = config;
  const node = { id: `sidecar~lab~${namespace}`, cluster: `lab.${namespace}` };
  const base = { node, admin: { address: socket('127.0.0.1', admin) } };
  if (controlPlane === undefined)
    return { ...base, static_resources: { listeners: listenersOf(config), clusters: clustersOf(config) } };
  const [host = '', port = ''] = controlPlane.split(':');
  // As Istio's bootstrap has it: without a first answer it goes on asking for ever.
  const ads = { resource_api_version: 'V3', ads: {}, initial_fetch_timeout: '0s' };
  const grpc = typed(
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    'upstreams.http.v3.HttpProtocolOptions',
    {
      explicit_http_config: { http2_protocol_options: {} },
    },
  );
  return {
    ...base,
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      cds_config: ads,
      lds_config: ads,
    },
    static_resources: {
      listeners: ownListeners(config),
      clusters: [
        cluster('agent', [`127.0.0.1:${admin}`]),
        {
          ...cluster('xds-grpc', [`${host}:${port}`]),
          type: 'STRICT_DNS',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': grpc['typed_config'],
          },
        },
      ],
    },
  };
}
