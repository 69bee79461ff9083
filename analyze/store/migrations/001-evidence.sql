-- Evidence as it was captured. Names are those of Kubernetes; times are integer microseconds since the epoch, UTC.
-- Bodies lie apart from their meta data, so that scans stay narrow.

-- What the bundle says of itself: one row a key (id, cluster, version, started_at, ended_at, end, skew_ms, header, manifest…).
CREATE TABLE bundle (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every entry of the bundle. Evidence points at a file by its id.
CREATE TABLE files (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  -- ok, altered, incomplete, unreadable
  state TEXT NOT NULL DEFAULT 'ok'
) STRICT;

-- Which lists were asked for and how they ended: an empty list and a forbidden one never look alike.
CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  resource TEXT NOT NULL,          -- 'services', 'apps/deployments'
  version TEXT NOT NULL,
  kind TEXT NOT NULL,
  namespaced INTEGER NOT NULL,
  namespace TEXT,                  -- NULL: all namespaces
  selector TEXT,                   -- a label selector that narrowed it
  outcome TEXT NOT NULL,           -- complete, partial, failed
  items INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  gap TEXT
) STRICT;

-- Evidence that did not come, and why.
CREATE TABLE gaps (
  key TEXT PRIMARY KEY,
  evidence TEXT NOT NULL,
  resource TEXT,
  namespace TEXT,
  pod TEXT,
  container TEXT,
  node TEXT,
  probe TEXT,
  reason TEXT NOT NULL,
  status INTEGER,
  detail TEXT NOT NULL,
  at INTEGER,
  partial INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE collectors (
  id TEXT PRIMARY KEY,
  outcome TEXT NOT NULL,
  started_at INTEGER,
  ms REAL,
  records INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  detail TEXT
) STRICT, WITHOUT ROWID;

-- The meta data of every object, whatever its kind.
CREATE TABLE objects (
  id INTEGER PRIMARY KEY,
  api_version TEXT NOT NULL,
  kind TEXT NOT NULL,
  resource TEXT NOT NULL,          -- 'pods', 'apps/replicasets'
  namespace TEXT,                  -- NULL: cluster-scoped
  name TEXT NOT NULL,
  uid TEXT,
  resource_version TEXT,
  generation INTEGER,
  created_at INTEGER,
  deletion_at INTEGER,             -- metadata.deletionTimestamp
  file_id INTEGER,
  line INTEGER,                    -- in that file, from 1
  -- NULL: in the list; else when a watch saw it deleted (the body is its last state)
  deleted_at INTEGER
) STRICT;

CREATE TABLE bodies (
  object_id INTEGER PRIMARY KEY,
  body BLOB NOT NULL               -- JSONB, as served
) STRICT;

CREATE TABLE labels (
  object_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE owners (
  object_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  uid TEXT,
  controller INTEGER NOT NULL
) STRICT;

-- status.conditions of anything that has them.
CREATE TABLE conditions (
  object_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,            -- True, False, Unknown
  reason TEXT,
  message TEXT,
  last_transition_at INTEGER
) STRICT;

-- metadata.managedFields, one row an entry; read it through the view field_changes.
CREATE TABLE field_writes (
  object_id INTEGER NOT NULL,
  position INTEGER NOT NULL,       -- index in managedFields
  manager TEXT,
  operation TEXT,                  -- Apply, Update
  subresource TEXT,
  at INTEGER
) STRICT;

-- managedFields: an upper bound for when a manager last wrote, never who or which field alone. fields: fieldsV1 as JSON.
CREATE VIEW field_changes AS
SELECT w.object_id, w.manager, w.operation, w.subresource, w.at,
       json_extract(b.body, '$.metadata.managedFields[' || w.position || '].fieldsV1') AS fields
FROM field_writes w JOIN bodies b USING (object_id);

CREATE TABLE pods (
  object_id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  phase TEXT,
  ready TEXT,                      -- status of the Ready condition, NULL when there is none
  node TEXT,
  pod_ip TEXT,
  host_network INTEGER NOT NULL,
  service_account TEXT,
  restarts INTEGER NOT NULL,
  reason TEXT,                     -- what kubectl shows in STATUS
  started_at INTEGER,
  created_at INTEGER,
  deletion_at INTEGER,
  owner_kind TEXT,
  owner_name TEXT
) STRICT;

CREATE TABLE containers (
  object_id INTEGER NOT NULL,      -- the pod
  namespace TEXT NOT NULL,
  pod TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,              -- init, sidecar, app, ephemeral
  image TEXT,
  state TEXT,                      -- waiting, running, terminated; NULL before the kubelet said
  reason TEXT,
  message TEXT,
  exit_code INTEGER,
  started_at INTEGER,
  finished_at INTEGER,
  ready INTEGER,
  restarts INTEGER,
  last_reason TEXT,
  last_exit_code INTEGER,
  last_message TEXT,
  last_started_at INTEGER,
  last_finished_at INTEGER
) STRICT;

CREATE TABLE container_ports (
  object_id INTEGER NOT NULL,
  container TEXT NOT NULL,
  name TEXT,
  port INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  host_port INTEGER
) STRICT;

CREATE TABLE services (
  object_id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  cluster_ip TEXT,
  selector TEXT,                   -- JSON object, NULL when there is none
  external_name TEXT,
  publish_not_ready INTEGER NOT NULL
) STRICT;

CREATE TABLE service_ports (
  object_id INTEGER NOT NULL,
  name TEXT,
  port INTEGER NOT NULL,
  target_port TEXT,                -- a number or a name
  protocol TEXT NOT NULL,
  node_port INTEGER,
  app_protocol TEXT
) STRICT;

-- From EndpointSlices: one row an address and port (port NULL where the slice has none).
CREATE TABLE endpoints (
  object_id INTEGER NOT NULL,      -- the EndpointSlice
  namespace TEXT NOT NULL,
  service TEXT,                    -- label kubernetes.io/service-name
  address TEXT NOT NULL,
  port_name TEXT,
  port INTEGER,
  protocol TEXT,
  ready INTEGER NOT NULL,          -- unset means ready
  serving INTEGER NOT NULL,
  terminating INTEGER NOT NULL,
  target_kind TEXT,
  target_name TEXT,
  node TEXT,
  zone TEXT
) STRICT;

CREATE TABLE network_policies (
  object_id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  pod_selector TEXT NOT NULL,      -- JSON
  policy_types TEXT NOT NULL,      -- JSON array, defaulted as the API server does
  ingress TEXT,                    -- JSON array, NULL when unset
  egress TEXT
) STRICT;

CREATE TABLE ingresses (
  object_id INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  class TEXT,
  host TEXT,                       -- NULL: every host
  path TEXT,
  path_type TEXT,
  service TEXT,                    -- NULL: a resource backend
  port TEXT,
  tls_secret TEXT
) STRICT;

CREATE TABLE gateways (
  object_id INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  class TEXT,
  listener TEXT,
  hostname TEXT,
  port INTEGER,
  protocol TEXT
) STRICT;

-- HTTPRoute, GRPCRoute, TCPRoute, TLSRoute, UDPRoute: one row a backend reference.
CREATE TABLE routes (
  object_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  hostname TEXT,
  parent TEXT,
  backend_kind TEXT,
  backend_namespace TEXT,
  backend_name TEXT,
  backend_port INTEGER
) STRICT;

CREATE TABLE nodes (
  object_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  ready TEXT,
  unschedulable INTEGER NOT NULL,
  kubelet_version TEXT,
  internal_ip TEXT,
  pod_cidr TEXT,
  created_at INTEGER
) STRICT;

-- ReplicaSets and ControllerRevisions are a workload's history.
CREATE TABLE workloads (
  object_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,              -- Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, …
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  replicas INTEGER,                -- wanted
  ready_replicas INTEGER,
  revision INTEGER,
  selector TEXT,                   -- JSON LabelSelector
  template_labels TEXT,            -- JSON object
  created_at INTEGER
) STRICT;

-- core/v1 and events.k8s.io/v1 Events, made one; the same Event in both is kept once.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  object_id INTEGER NOT NULL,      -- the Event itself
  namespace TEXT,
  type TEXT,                       -- Normal, Warning
  reason TEXT,
  message TEXT,
  count INTEGER NOT NULL,
  first_at INTEGER,
  last_at INTEGER,
  source TEXT,                     -- reporting component
  host TEXT,
  involved_api_version TEXT,
  involved_kind TEXT,
  involved_namespace TEXT,
  involved_name TEXT,
  involved_uid TEXT,
  field_path TEXT
) STRICT;

CREATE VIRTUAL TABLE events_fts USING fts5 (reason, message, involved_name, content='events', content_rowid='id');

CREATE TABLE log_files (
  file_id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  pod TEXT NOT NULL,
  container TEXT NOT NULL,
  previous INTEGER NOT NULL,
  part INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  first_at INTEGER,
  last_at INTEGER
) STRICT;

CREATE TABLE log_text (
  id INTEGER PRIMARY KEY,          -- files in order, lines in order
  file_id INTEGER NOT NULL,
  line INTEGER NOT NULL,
  at INTEGER,                      -- the server's timestamp
  level INTEGER NOT NULL,          -- 0 unknown, 1 debug, 2 info, 3 warning, 4 error, 5 fatal
  text TEXT NOT NULL               -- without the timestamp
) STRICT;

CREATE VIEW log_lines AS
SELECT t.id, t.at, f.namespace, f.pod, f.container, f.previous, t.level, t.text, p.path AS file, t.line
FROM log_text t JOIN log_files f USING (file_id) JOIN files p ON p.id = t.file_id;

-- CoreDNS `log` plugin lines, parsed; names and clients by dictionary.
CREATE TABLE dns_strings (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE dns_queries (
  log_id INTEGER PRIMARY KEY,      -- log_text.id
  client INTEGER NOT NULL,         -- dns_strings.id, address without the port
  type INTEGER NOT NULL,
  name INTEGER NOT NULL,
  rcode INTEGER NOT NULL,
  duration_us INTEGER
) STRICT;

CREATE VIEW dns_log AS
SELECT q.log_id AS id, t.at, f.namespace, f.pod, c.text AS client, ty.text AS type, n.text AS name, r.text AS rcode,
       q.duration_us / 1000.0 AS duration_ms, p.path AS file, t.line
FROM dns_queries q JOIN log_text t ON t.id = q.log_id JOIN log_files f USING (file_id) JOIN files p ON p.id = t.file_id
  JOIN dns_strings c ON c.id = q.client JOIN dns_strings ty ON ty.id = q.type
  JOIN dns_strings n ON n.id = q.name JOIN dns_strings r ON r.id = q.rcode;

CREATE TABLE probes (
  id INTEGER PRIMARY KEY,
  probe TEXT NOT NULL,
  at INTEGER,
  vantage TEXT NOT NULL,           -- from
  target TEXT NOT NULL,            -- to
  outcome TEXT NOT NULL,
  ms REAL,
  detail TEXT,                     -- JSON
  file_id INTEGER,
  line INTEGER
) STRICT;

-- Watch events between the list and the end of the capture.
CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,              -- ADDED, MODIFIED, DELETED
  resource TEXT NOT NULL,
  api_version TEXT NOT NULL,
  kind TEXT NOT NULL,
  namespace TEXT,
  name TEXT NOT NULL,
  uid TEXT,
  resource_version TEXT,
  body BLOB NOT NULL,              -- JSONB
  file_id INTEGER,
  line INTEGER
) STRICT;

-- Small answers of servers, whole: nodes/…, discovery/…, health. files.path tells which.
CREATE TABLE documents (
  file_id INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

-- Samples of scraped metrics, both scrapes. Counters' rates are last minus first; a lower last is a restart.
-- OOM kills and throttling: source 'cadvisor', container_oom_events_total, container_cpu_cfs_throttled_periods_total.
-- Results of probes: source 'probes', prober_probe_total, labels probe_type and result.
CREATE TABLE metrics (
  file_id INTEGER NOT NULL,
  source TEXT NOT NULL,            -- pod, cadvisor, probes, kube-proxy, apiserver
  node TEXT,                       -- whose kubelet or kube-proxy was asked
  namespace TEXT,                  -- of the pod that was scraped, or that a kubelet's sample is about
  pod TEXT,
  container TEXT,                  -- of cadvisor and probes; NULL: the whole pod
  scrape TEXT NOT NULL,            -- first, last
  name TEXT NOT NULL,
  labels TEXT NOT NULL,            -- JSON object
  value REAL NOT NULL
) STRICT;
