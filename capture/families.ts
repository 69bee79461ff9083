/** Which families of metrics are kept, by what was scraped: what tells an outage, and not the megabytes beside it. */

export type Scraped = 'cadvisor' | 'probes' | 'apiserver' | 'kube-proxy' | 'edge' | 'all';

interface Filter {
  readonly names: RegExp;
  /** Lines of these names are kept only when they match. */
  readonly only?: Readonly<Record<string, RegExp>>;
  /** Lines of a name that is not in `only` are kept only when they match. */
  readonly labels?: RegExp;
}

const FAILED = /code="(?:429|5\d\d)"/;

/** Names as of Kubernetes 1.28 to 1.36; the controllers' as of their own documentation. */
const FILTERS: Readonly<Record<Exclude<Scraped, 'all'>, Filter>> = {
  cadvisor: {
    names:
      /^container_(?:oom_events_total|cpu_cfs_(?:periods|throttled_periods|throttled_seconds)_total|cpu_usage_seconds_total|memory_working_set_bytes|memory_failcnt|spec_memory_limit_bytes|spec_cpu_quota|spec_cpu_period|start_time_seconds|pressure_(?:cpu|memory|io)_(?:waiting|stalled)_seconds_total|network_(?:receive|transmit)_(?:packets_dropped|errors)_total)$/,
    // A pod's own cgroup has no container; what has no pod is the node's.
    labels: /[{,]pod="[^"]/,
  },
  probes: { names: /^prober_probe_(?:total|duration_seconds_(?:sum|count))$/ },
  apiserver: {
    names:
      /^(?:apiserver_flowcontrol_(?:rejected_requests_total|dispatched_requests_total|request_wait_duration_seconds_(?:sum|count)|current_(?:inqueue|executing)_requests|current_inqueue_seats|current_limit_seats)|apiserver_admission_webhook_(?:rejection_count|fail_open_count|request_total|admission_duration_seconds_(?:sum|count))|apiserver_request_(?:total|terminations_total|aborts_total|timestamp_comparison_time)|apiserver_current_inflight_requests|apiserver_audit_requests_rejected_total|apiserver_tls_handshake_errors_total|etcd_request_duration_seconds_(?:sum|count)|etcd_request_errors_total|aggregator_unavailable_apiservice(?:_total)?|process_start_time_seconds)$/,
    only: { apiserver_request_total: FAILED },
  },
  'kube-proxy': {
    names:
      /^(?:kubeproxy_sync_proxy_rules_(?:last_timestamp_seconds|last_queued_timestamp_seconds|duration_seconds_(?:sum|count)|(?:iptables_(?:partial_)?restore|nftables_sync)_failures_total|endpoint_changes_pending|service_changes_pending)|kubeproxy_proxy_(?:healthz|livez)_total|process_start_time_seconds)$/,
  },
  edge: {
    names:
      /^(?:nginx_ingress_controller_(?:config_\w+|success|errors|requests|ssl_expire_time_seconds|orphan_ingress|leader_election_status)|traefik_(?:config_\w+|service_requests_total|service_server_up|open_connections)|haproxy_(?:backend_(?:status|active_servers|http_responses_total|connection_errors_total)|server_(?:status|check_failures_total)|process_(?:start_time_seconds|uptime_seconds))|envoy_(?:cluster_(?:membership_(?:healthy|total)|upstream_(?:cx_connect_fail|cx_connect_timeout|rq_xx|rq_timeout|rq_pending_overflow))|listener_manager_listener_create_failure|server_(?:live|uptime))|contour_(?:dagrebuild_\w+|httpproxy_(?:invalid|valid))|controller_runtime_reconcile_errors_total|certmanager_(?:certificate_(?:ready_status|expiration_timestamp_seconds|renewal_timestamp_seconds)|http_acme_client_request_count)|external_dns_(?:source_errors_total|registry_errors_total|controller_last_sync_timestamp_seconds)|process_start_time_seconds)$/,
    only: {
      nginx_ingress_controller_requests: /status="5\d\d"/,
      traefik_service_requests_total: FAILED,
      haproxy_backend_http_responses_total: /code="5xx"/,
      envoy_cluster_upstream_rq_xx: /response_code_class="5"/,
    },
  },
};

/** Whether a line of the text format is kept. Comments are not. */
export function keepsLine(scraped: Scraped, line: string): boolean {
  if (scraped === 'all') return true;
  const end = line.search(/[{ ]/);
  if (end <= 0) return false;
  const { names, only, labels } = FILTERS[scraped];
  const name = line.slice(0, end);
  if (!names.test(name)) return false;
  return (only?.[name] ?? labels)?.test(line) ?? true;
}
