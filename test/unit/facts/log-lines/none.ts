/** Lines that hold the words of a failing dependency and tell of none. */

/** What a program says of those who call it, and what a database or broker says of its own clients. */
const OF_ITS_CLIENTS = [
  'http: TLS handshake error from 10.244.0.1:41234: remote error: tls: bad certificate',
  'http: TLS handshake error from 10.244.0.1:41234: EOF',
  'read tcp 10.244.0.9:8080->10.244.1.3:41234: read: connection reset by peer',
  'write tcp 10.244.0.9:8080->10.244.1.3:41234: write: broken pipe',
  'http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 5ms',
  'org.apache.catalina.connector.ClientAbortException: java.io.IOException: Broken pipe',
  'org.eclipse.jetty.io.EofException: Broken pipe',
  'Error: read ECONNRESET',
  'java.io.IOException: Connection reset by peer',
  'BrokenPipeError: [Errno 32] Broken pipe',
  '2026-05-01 14:00:00.000 UTC [123] FATAL:  password authentication failed for user "app"',
  '2026-05-01 14:00:00.000 UTC [123] FATAL:  no pg_hba.conf entry for host "10.244.0.9", user "app", database "shop", no encryption',
  '2026-05-01 14:00:00.000 UTC [123] FATAL:  sorry, too many clients already',
  '2026-05-01 14:00:00.000 UTC [123] FATAL:  role "root" does not exist',
  '2026-05-01 14:00:00.000 UTC [123] ERROR:  relation "orders" does not exist at character 15',
  '2026-05-01 14:00:00.000 UTC [123] app@shop FATAL:  database "shop" does not exist',
  '2026-05-01 14:00:00.000 UTC [123] LOG:  could not receive data from client: Connection reset by peer',
  '2026-05-01 14:00:00.000 UTC [123] FATAL:  the database system is starting up',
  '2026-05-01 14:00:00.000 UTC [123] ERROR:  canceling statement due to lock timeout',
  '{"level":"info","ts":"2026-05-01T14:00:00Z","logger":"postgres","msg":"record","record":{"error_severity":"FATAL","backend_type":"client backend","message":"password authentication failed for user \\"app\\""}}',
  "2026-05-01T14:00:00.123456Z 12 [Note] [MY-010926] [Server] Access denied for user 'app'@'10.244.0.9' (using password: YES)",
  "2026-05-01 14:00:00 12 [Warning] Access denied for user 'app'@'10.244.0.9' (using password: YES)",
  "2026-05-01 14:00:00 12 [Warning] Aborted connection 12 to db: 'shop' user: 'app' host: '10.244.0.9' (Got timeout reading communication packets)",
  '{"t":{"$date":"2026-05-01T14:00:00.123Z"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn12","msg":"Authentication failed","attr":{"mechanism":"SCRAM-SHA-256","remote":"10.244.0.9:41234","error":"UserNotFound: Could not find user"}}',
  '2026-05-01 14:00:00.000 [error] <0.1234.0> Error on AMQP connection <0.1234.0> (10.244.0.9:41234 -> 10.244.0.5:5672, state: starting): PLAIN login refused: user app - invalid credentials',
  '2026-05-01 14:00:00.000 [error] <0.1234.0> closing AMQP connection <0.1234.0> (10.244.0.9:41234 -> 10.244.0.5:5672): {handshake_timeout,frame_header}',
  '[2026-05-01 14:00:00,123] INFO [SocketServer listenerType=ZK_BROKER, nodeId=0] Failed authentication with /10.244.0.9 (channelId=1) (SSL handshake failed) (org.apache.kafka.common.network.Selector)',
  '{"level":"warn","ts":"2026-05-01T14:00:00Z","msg":"rejected connection on client endpoint","remote-addr":"10.244.0.9:41234","error":"tls: first record does not look like a TLS handshake"}',
  '2026/05/01 14:00:00 [info] 31#31: *5 recv() failed (104: Connection reset by peer) while reading client request headers, client: 10.244.0.1, server: _',
  '2026/05/01 14:00:00 [info] 31#31: *5 client timed out (110: Connection timed out) while waiting for request, client: 10.244.0.1, server: 0.0.0.0:80',
  '2026/05/01 14:00:00 [crit] 31#31: *5 SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking, client: 10.244.0.1, server: 0.0.0.0:443',
  'transport: http2Server.HandleStreams failed to receive the preface from client: EOF',
  'Authentication failed for user alice',
  '{"level":"warn","method":"POST","path":"/login","status":401,"msg":"authentication failed"}',
  'org.springframework.security.authentication.InsufficientAuthenticationException: Full authentication is required to access this resource',
  'org.springframework.security.core.AuthenticationException: Bad credentials',
  '2026-05-01T14:00:00Z INFO login failed: authentication failed for bob from 10.244.0.1',
];

const ACCESS = [
  '10.244.0.1 - - [01/May/2026:14:00:00 +0000] "GET /login HTTP/1.1" 401 12 "-" "curl/8.5.0"',
  '10.244.0.1 - - [01/May/2026:14:00:00 +0000] "GET /help/connection-refused?x=connection%20refused HTTP/1.1" 200 12 "http://shop/errors/ECONNREFUSED" "Go-http-client/1.1"',
  'INFO:     10.244.0.1:41234 - "GET /docs/connection refused HTTP/1.1" 401 Unauthorized',
  'GET /orders/refused 200',
  '[INFO] 10.244.0.9:41234 - 1234 "A IN db.shop.svc.cluster.local. udp 45 false 512" NXDOMAIN qr,aa,rd 138 0.0001s',
  '::ffff:10.244.0.1 - - [01/May/2026:14:00:00 +0000] "GET /status HTTP/1.1" 504 5 "-" "kube-probe/1.31"',
];

/** Settings as programs print them when they start, help, deprecations. */
const SETTINGS = [
  '\tsocket.connection.setup.timeout.max.ms = 30000',
  '\tdefault.api.timeout.ms = 60000',
  'spring.datasource.hikari.connection-timeout=30000',
  'hikari.connectionTimeout.........................30000',
  'HikariPool-1 - connectionTimeout................................30000',
  '{"msg":"config","db":{"host":"db","port":5432,"connectTimeout":5000,"pool_timeout":30}}',
  'level=info msg="starting" db=postgres://app@db:5432/shop connect_timeout=10 query_timeout=30s',
  'DB_POOL_TIMEOUT=30 REDIS_URL=redis://redis:6379/0',
  '2026-05-01 14:00:00 request timeout set to 30s',
  ' -w SEC   Connect timeout',
  '  --dial-timeout duration  connection timed out after this (default 5s)',
  "DeprecationWarning: option 'connectTimeoutMS' is deprecated, use 'serverSelectionTimeoutMS'",
  'Using connection timeout 5000 ms, lock timeout 10 s',
  'lock wait timeout is 50 s',
  'WARN HikariPool-1 - Failed to validate connection org.postgresql.jdbc.PgConnection@1234 (This connection has been closed.). Possibly consider using a shorter maxLifetime value.',
  'Attempting to connect to: [rabbitmq:5672]',
  'retry policy: max 3 attempts on connect timeouts, backoff 2s',
];

/** Frames and source lines of a stack: class and function names, not what happened. */
const FRAMES = [
  '\tat io.netty.channel.ConnectTimeoutException.<init>(ConnectTimeoutException.java:30)',
  '    at internalConnectMultiple (node:net:1122:18)',
  '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16) {',
  '\tat com.example.SocketTimeoutExceptionMapper.toResponse(SocketTimeoutExceptionMapper.java:12)',
  '    raise ConnectTimeout(e, request=request)',
  '    except socket.timeout: raise ReadTimeoutError("timed out")',
  '  File "/app/redis/connection.py", line 707, in connect_timeout_handler',
  'github.com/example/app/internal/db.(*Pool).dialTimeout(0xc000123, {0x1, 0x2})',
  '\t/go/src/app/dial_timeout.go:42 +0x1b',
];

/** It goes on: connected after all. */
const OVER = [
  'Reconnected to redis:6379 after ECONNREFUSED',
  'connection to db:5432 re-established (last error: connection refused)',
  'Successfully connected to kafka:9092 after 3 attempts, last error: dial tcp 10.96.0.9:9092: connect: connection refused',
  'db:5432 - accepting connections',
  'Connection to db 5432 port [tcp/postgresql] succeeded!',
  'wait-for-it.sh: db:5432 is available after 3 seconds',
];

const PROSE = [
  'listening on :8080',
  "ModuleNotFoundError: No module named 'requests'",
  "FileNotFoundError: [Errno 2] No such file or directory: '/etc/app.yaml'",
  'INFO opened the type pipeline',
  'listen tcp :8080: bind: address already in use',
  'Error: listen EADDRINUSE: address already in use :::8080',
  'waiting for connections on port 8080',
  'health: db connections=10 refused=0 timeouts=0 resets=0',
  '{"level":"info","msg":"stats","connection_timeouts":0,"connections_refused":0}',
  'session timed out, user alice was logged out',
  'job 17 timed out after 30s and was cancelled',
  'order 4711 refused by customer',
  'context canceled',
  'Payment connection to provider refused terms',
  '',
];

export const NONE: readonly string[] = [
  ...OF_ITS_CLIENTS,
  ...ACCESS,
  ...SETTINGS,
  ...FRAMES,
  ...OVER,
  ...PROSE,
];
