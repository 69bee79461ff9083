/** Lines of programs in Go: net, crypto/tls, net/http, gRPC, and clients of databases and brokers. */
import type { Told } from './told.ts';

export const GO: readonly Told[] = [
  ['refused', '10.96.0.7:5432', 'dial tcp 10.96.0.7:5432: connect: connection refused'],
  ['refused', '[fd00:10:96::7]:5432', 'dial tcp [fd00:10:96::7]:5432: connect: connection refused'],
  [
    'refused',
    '10.96.0.7:5432',
    '2026/05/01 14:00:00 main.go:42: cannot open the database: dial tcp 10.96.0.7:5432: connect: connection refused',
  ],
  [
    'refused',
    '10.96.0.1:443',
    'E0501 14:00:00.123456       1 reflector.go:424] failed to list *v1.Pod: Get "https://10.96.0.1:443/api/v1/pods": dial tcp 10.96.0.1:443: connect: connection refused',
  ],
  [
    'refused',
    '10.96.0.7:5432',
    'time="2026-05-01T14:00:00Z" level=error msg="no database" error="dial tcp 10.96.0.7:5432: connect: connection refused"',
  ],
  [
    'refused',
    '10.96.0.7:5432',
    '{"level":"error","ts":1777644000.1,"caller":"store/db.go:42","msg":"ping","error":"dial tcp 10.96.0.7:5432: connect: connection refused","stacktrace":"main.main\\n\\t/src/main.go:12"}',
  ],
  [
    'dns',
    'db.shop.svc.cluster.local',
    'dial tcp: lookup db.shop.svc.cluster.local on 10.96.0.10:53: no such host',
  ],
  [
    'dns',
    'db',
    'dial tcp: lookup db on 10.96.0.10:53: read udp 10.244.1.5:41415->10.96.0.10:53: i/o timeout',
  ],
  ['dns', 'db', 'dial tcp: lookup db on [fd00::a]:53: server misbehaving'],
  ['dns', 'db', 'dial tcp: lookup db: Temporary failure in name resolution'],
  ['dns', 'db', 'dial tcp: lookup db: i/o timeout'],
  ['unreachable', '10.1.2.3:5432', 'dial tcp 10.1.2.3:5432: connect: no route to host'],
  ['unreachable', '10.1.2.3:5432', 'dial tcp 10.1.2.3:5432: connect: network is unreachable'],
  ['timeout', '10.1.2.3:5432', 'dial tcp 10.1.2.3:5432: i/o timeout'],
  ['timeout', '10.1.2.3:5432', 'dial tcp 10.1.2.3:5432: connect: connection timed out'],
  ['reset', '10.96.0.7:5432', 'read tcp 10.244.0.9:41234->10.96.0.7:5432: read: connection reset by peer'],
  ['reset', '10.96.0.9:6379', 'write tcp 10.244.0.9:51234->10.96.0.9:6379: write: broken pipe'],
  ['timeout', '10.96.0.9:6379', 'read tcp 10.244.0.9:51234->10.96.0.9:6379: i/o timeout'],
  ['reset', 'pay:8080', 'Get "http://pay:8080/orders": EOF'],
  ['reset', 'pay:8080', 'Post "http://pay:8080/orders": unexpected EOF'],
  ['timeout', 'pay:8080', 'Get "http://pay:8080/orders": context deadline exceeded'],
  [
    'timeout',
    'pay:8080',
    'Get "http://pay:8080/orders": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  ],
  [
    'timeout',
    'pay:8080',
    'Get "http://pay:8080/orders": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
  ],
  ['timeout', 'auth.shop', 'Get "https://auth.shop/keys": net/http: TLS handshake timeout'],
  ['tls', 'pay:8080', 'Get "https://pay:8080/orders": http: server gave HTTP response to HTTPS client'],
  [
    'tls',
    'pay:8443',
    String.raw`Get "http://pay:8443/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x15\x03\x01\x00\x02\x02"`,
  ],
  [
    'protocol',
    'pay:6379',
    'Get "http://pay:6379/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "-ERR unknown command"',
  ],
  [
    'refused',
    '10.96.3.4:50051',
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.96.3.4:50051: connect: connection refused"',
  ],
  [
    'tls',
    undefined,
    'rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: first record does not look like a TLS handshake"',
  ],
  [
    'protocol',
    undefined,
    'rpc error: code = Unavailable desc = connection error: desc = "error reading server preface: http2: frame too large, note that the frame header looked like an HTTP/1.1 header"',
  ],
  ['dns', undefined, 'rpc error: code = Unavailable desc = name resolver error: produced zero addresses'],
  [
    'dns',
    'pay',
    'rpc error: code = Unavailable desc = dns: A record lookup error: lookup pay on 10.96.0.10:53: no such host',
  ],
  ['timeout', undefined, 'rpc error: code = DeadlineExceeded desc = context deadline exceeded'],
  [
    'tls',
    'auth:8443',
    'Get "https://auth:8443/keys": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-05-01T14:00:00Z is after 2026-04-30T00:00:00Z',
  ],
  [
    'tls',
    'auth:8443',
    'Get "https://auth:8443/keys": x509: certificate is valid for auth.shop.svc, not auth',
  ],
  [
    'tls',
    '10.1.2.3:8443',
    'Get "https://10.1.2.3:8443/": x509: cannot validate certificate for 10.1.2.3 because it doesn\'t contain any IP SANs',
  ],
  ['tls', 'auth:8443', 'Get "https://auth:8443/keys": remote error: tls: bad certificate'],
  ['tls', 'auth:8443', 'Get "https://auth:8443/keys": remote error: tls: certificate required'],
  // jackc/pgx, of version 4 and 5.
  [
    'refused',
    '10.96.0.7:5432',
    'failed to connect to `host=db user=app database=shop`: dial error (dial tcp 10.96.0.7:5432: connect: connection refused)',
  ],
  [
    'refused',
    '10.96.0.7:5432',
    'failed to connect to `user=app database=shop`: 10.96.0.7:5432 (db): dial error: dial tcp 10.96.0.7:5432: connect: connection refused',
  ],
  [
    'credentials',
    'db',
    'failed to connect to `host=db user=app database=shop`: failed SASL auth (FATAL: password authentication failed for user "app" (SQLSTATE 28P01))',
  ],
  [
    'credentials',
    '10.96.0.7:5432',
    'failed to connect to `user=app database=shop`: 10.96.0.7:5432 (db): failed SASL auth: FATAL: password authentication failed for user "app" (SQLSTATE 28P01)',
  ],
  [
    'dns',
    'db',
    'failed to connect to `user=app database=shop`: hostname resolving error: lookup db on 10.96.0.10:53: no such host',
  ],
  [
    'database',
    'db',
    'failed to connect to `host=db user=app database=shop`: server error (FATAL: database "shop" does not exist (SQLSTATE 3D000))',
  ],
  [
    'rejected',
    'db',
    'failed to connect to `host=db user=app database=shop`: server error (FATAL: sorry, too many clients already (SQLSTATE 53300))',
  ],
  [
    'rejected',
    'db',
    'failed to connect to `host=db user=app database=shop`: server error (FATAL: the database system is starting up (SQLSTATE 57P03))',
  ],
  [
    'tls',
    'db',
    'failed to connect to `host=db user=app database=shop`: tls error (server refused TLS connection)',
  ],
  // lib/pq
  ['credentials', undefined, 'pq: password authentication failed for user "app"'],
  ['tls', undefined, 'pq: SSL is not enabled on the server'],
  [
    'credentials',
    undefined,
    'pq: no pg_hba.conf entry for host "10.244.0.9", user "app", database "shop", no encryption',
  ],
  [
    'rejected',
    undefined,
    'pq: remaining connection slots are reserved for roles with the SUPERUSER attribute',
  ],
  // go-sql-driver/mysql
  [
    'credentials',
    undefined,
    "Error 1045 (28000): Access denied for user 'app'@'10.244.0.9' (using password: YES)",
  ],
  ['database', undefined, "Error 1049 (42000): Unknown database 'shop'"],
  ['rejected', undefined, 'Error 1040: Too many connections'],
  ['credentials', undefined, "Error 1130: Host '10.244.0.9' is not allowed to connect to this MySQL server"],
  [
    'rejected',
    undefined,
    "Error 1129: Host '10.244.0.9' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'",
  ],
  ['reset', undefined, 'driver: bad connection'],
  // Redis
  ['timeout', undefined, 'redis: connection pool timeout'],
  [
    'credentials',
    undefined,
    'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
  ],
  ['credentials', undefined, "NOPERM this user has no permissions to run the 'get' command"],
  ['rejected', undefined, "OOM command not allowed when used memory > 'maxmemory'."],
  ['rejected', undefined, 'ERR max number of clients reached'],
  ['rejected', undefined, "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."],
  // Kafka
  [
    'refused',
    '10.96.0.9:9092',
    'kafka: client has run out of available brokers to talk to: dial tcp 10.96.0.9:9092: connect: connection refused',
  ],
  [
    'unavailable',
    undefined,
    'kafka: client has run out of available brokers to talk to (Is your cluster reachable?)',
  ],
  [
    'dns',
    'kafka',
    'failed to dial: failed to open connection to kafka:9092: dial tcp: lookup kafka on 10.96.0.10:53: no such host',
  ],
  [
    'database',
    undefined,
    'kafka server: Request was for a topic or partition that does not exist on this broker',
  ],
  [
    'rejected',
    undefined,
    '[5] Leader Not Available: the cluster is in the middle of a leadership election and there is currently no leader for this partition and hence it is unavailable for writes',
  ],
  // RabbitMQ
  ['credentials', undefined, 'Exception (403) Reason: "username or password not allowed"'],
  ['credentials', undefined, 'Exception (403) Reason: "no access to this vhost"'],
  ['database', undefined, `Exception (404) Reason: "NOT_FOUND - no queue 'orders' in vhost '/'"`],
  [
    'reset',
    undefined,
    `Exception (320) Reason: "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"`,
  ],
  // MongoDB
  [
    'refused',
    '10.96.1.1:27017',
    'server selection error: server selection timeout, current topology: { Type: Unknown, Servers: [{ Addr: mongo:27017, Type: Unknown, Last error: dial tcp 10.96.1.1:27017: connect: connection refused }, ] }',
  ],
  [
    'dns',
    'mongo',
    'server selection error: context deadline exceeded, current topology: { Type: Unknown, Servers: [{ Addr: mongo:27017, Type: Unknown, Last error: dial tcp: lookup mongo on 10.96.0.10:53: no such host }, ] }',
  ],
  [
    'credentials',
    undefined,
    'connection() error occurred during connection handshake: auth error: sasl conversation error: unable to authenticate using mechanism "SCRAM-SHA-256": (AuthenticationFailed) Authentication failed.',
  ],
  // NATS, etcd, Vault, Cassandra, Elasticsearch
  ['unavailable', undefined, 'nats: no servers available for connection'],
  ['credentials', undefined, 'nats: Authorization Violation'],
  [
    'refused',
    '10.96.2.2:2379',
    '{"level":"warn","ts":"2026-05-01T14:00:00.000Z","logger":"etcd-client","caller":"v3@v3.5.9/retry_interceptor.go:62","msg":"retrying of unary invoker failed","target":"etcd-endpoints://0xc000123/etcd:2379","attempt":0,"error":"rpc error: code = DeadlineExceeded desc = latest balancer error: last connection error: connection error: desc = \\"transport: Error while dialing: dial tcp 10.96.2.2:2379: connect: connection refused\\""}',
  ],
  ['timeout', undefined, 'etcdserver: request timed out'],
  ['rejected', undefined, 'etcdserver: mvcc: database space exceeded'],
  ['rejected', undefined, '* Vault is sealed'],
  ['unavailable', undefined, 'gocql: no hosts available in the pool'],
  [
    'refused',
    '10.96.4.4:9042',
    'gocql: unable to create session: unable to discover protocol version: dial tcp 10.96.4.4:9042: connect: connection refused',
  ],
  ['unavailable', undefined, 'no available connection: no Elasticsearch node available'],
  ['refused', '10.96.0.1:8080', 'http: proxy error: dial tcp 10.96.0.1:8080: connect: connection refused'],
  ['reset', undefined, 'pq: terminating connection due to administrator command'],
];
