/** Lines of programs in Ruby, PHP, .NET and Rust, of plain tools, of proxies and poolers. */
import type { Told } from './told.ts';

export const OTHERS: readonly Told[] = [
  // Ruby
  [
    'refused',
    '10.96.0.7:5432',
    'PG::ConnectionBad: connection to server at "10.96.0.7", port 5432 failed: Connection refused',
  ],
  [
    'timeout',
    undefined,
    'ActiveRecord::ConnectionTimeoutError: could not obtain a connection from the pool within 5.000 seconds (waited 5.001 seconds); all pooled connections were in use',
  ],
  [
    'database',
    undefined,
    'ActiveRecord::NoDatabaseError: We could not find your database: shop. Available database configurations can be found in config/database.yml.',
  ],
  [
    'refused',
    'mysql:3306',
    "Mysql2::Error::ConnectionError: Can't connect to MySQL server on 'mysql:3306' (111)",
  ],
  [
    'refused',
    'redis:6379',
    'Redis::CannotConnectError: Error connecting to Redis on redis:6379 (Errno::ECONNREFUSED)',
  ],
  ['refused', 'redis:6379', 'Connection refused - connect(2) for 10.96.0.9:6379 (redis://redis:6379)'],
  [
    'refused',
    'pay:8080',
    'Errno::ECONNREFUSED: Failed to open TCP connection to pay:8080 (Connection refused - connect(2) for "pay" port 8080)',
  ],
  [
    'dns',
    'pay:8080',
    'SocketError: Failed to open TCP connection to pay:8080 (getaddrinfo: Name or service not known)',
  ],
  ['timeout', undefined, 'Net::OpenTimeout: execution expired'],
  ['timeout', undefined, 'Net::ReadTimeout with #<TCPSocket:(closed)>'],
  [
    'tls',
    '10.96.0.1:443',
    'OpenSSL::SSL::SSLError: SSL_connect returned=1 errno=0 peeraddr=10.96.0.1:443 state=error: certificate verify failed (self-signed certificate)',
  ],
  [
    'unavailable',
    undefined,
    'Bunny::TCPConnectionFailedForAllHosts: Could not establish TCP connection to any of the configured hosts',
  ],
  // PHP and curl
  [
    'refused',
    undefined,
    'PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /app/index.php:12',
  ],
  [
    'dns',
    'mysql',
    'SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo for mysql failed: Name or service not known',
  ],
  ['refused', 'redis:6379', 'Connection refused [tcp://redis:6379]'],
  [
    'refused',
    'pay:8080',
    'cURL error 7: Failed to connect to pay port 8080 after 1 ms: Connection refused (see https://curl.haxx.se/libcurl/c/libcurl-errors.html) for http://pay:8080/',
  ],
  [
    'unavailable',
    'pay:8080',
    "curl: (7) Failed to connect to pay port 8080 after 2 ms: Couldn't connect to server",
  ],
  [
    'unavailable',
    'pay:8080',
    'curl: (7) Failed to connect to pay port 8080 after 2 ms: Could not connect to server',
  ],
  [
    'dns',
    'pay',
    'cURL error 6: Could not resolve host: pay (see https://curl.haxx.se/libcurl/c/libcurl-errors.html) for http://pay:8080/',
  ],
  ['dns', 'pay', 'curl: (6) Could not resolve host: pay'],
  ['timeout', undefined, 'curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received'],
  ['reset', undefined, 'curl: (52) Empty reply from server'],
  ['tls', undefined, 'curl: (60) SSL certificate problem: unable to get local issuer certificate'],
  // Plain tools
  ['refused', '10.96.0.1', "wget: can't connect to remote host (10.96.0.1): Connection refused"],
  ['dns', 'pay:8080', "wget: bad address 'pay:8080'"],
  ['timeout', undefined, 'wget: download timed out'],
  ['refused', 'db:5432', 'nc: connect to db (10.96.0.7) port 5432 (tcp) failed: Connection refused'],
  ['refused', '10.96.0.7:5432', '(UNKNOWN) [10.96.0.7] 5432 (postgresql) : Connection refused'],
  ['unavailable', 'db:5432', 'db:5432 - no response'],
  ['rejected', 'db:5432', 'db:5432 - rejecting connections'],
  ['timeout', 'db:5432', 'wait-for-it.sh: timeout occurred after waiting 15 seconds for db:5432'],
  ['refused', 'redis:6379', 'Could not connect to Redis at redis:6379: Connection refused'],
  ['dns', 'db', "** server can't find db: NXDOMAIN"],
  ['dns', undefined, ';; connection timed out; no servers could be reached'],
  // .NET
  [
    'unavailable',
    '10.96.0.7:5432',
    'Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.96.0.7:5432',
  ],
  ['refused', undefined, ' ---> System.Net.Sockets.SocketException (111): Connection refused'],
  [
    'credentials',
    undefined,
    'Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user "app"',
  ],
  [
    'timeout',
    undefined,
    "Npgsql.NpgsqlException: The connection pool has been exhausted, either raise 'Max Pool Size' (currently 100) or 'Timeout' (currently 15 seconds) in your connection string.",
  ],
  [
    'unavailable',
    undefined,
    'Microsoft.Data.SqlClient.SqlException (0x80131904): A network-related or instance-specific error occurred while establishing a connection to SQL Server. The server was not found or was not accessible. (provider: TCP Provider, error: 40 - Could not open a connection to SQL Server)',
  ],
  [
    'credentials',
    undefined,
    "Microsoft.Data.SqlClient.SqlException (0x80131904): Login failed for user 'app'.",
  ],
  [
    'timeout',
    undefined,
    'Microsoft.Data.SqlClient.SqlException (0x80131904): Execution Timeout Expired.  The timeout period elapsed prior to completion of the operation or the server is not responding.',
  ],
  [
    'tls',
    undefined,
    'System.Security.Authentication.AuthenticationException: The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch',
  ],
  [
    'unavailable',
    'redis:6379',
    'StackExchange.Redis.RedisConnectionException: It was not possible to connect to the redis server(s). UnableToConnect on redis:6379/Interactive, Initializing/NotStarted, last: NONE, origin: BeginConnectAsync, outstanding: 0',
  ],
  [
    'timeout',
    '10.96.0.9:6379',
    'StackExchange.Redis.RedisTimeoutException: Timeout performing GET (5000ms), next: GET k, inst: 0, qu: 0, qs: 0, aw: False, serverEndpoint: 10.96.0.9:6379, mc: 1/1/0',
  ],
  ['refused', 'pay:8080', 'System.Net.Http.HttpRequestException: Connection refused (pay:8080)'],
  ['dns', 'pay:8080', 'System.Net.Http.HttpRequestException: Name or service not known (pay:8080)'],
  ['dns', 'pay:8080', 'System.Net.Http.HttpRequestException: Resource temporarily unavailable (pay:8080)'],
  [
    'tls',
    undefined,
    'System.Net.Http.HttpRequestException: The SSL connection could not be established, see inner exception.',
  ],
  [
    'timeout',
    undefined,
    'System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.',
  ],
  [
    'unavailable',
    undefined,
    'RabbitMQ.Client.Exceptions.BrokerUnreachableException: None of the specified endpoints were reachable',
  ],
  // Rust
  ['refused', undefined, 'Error: error communicating with database: Connection refused (os error 111)'],
  [
    'credentials',
    undefined,
    String.raw`Error: Database(PgDatabaseError { severity: Fatal, code: "28P01", message: "password authentication failed for user \"app\"" })`,
  ],
  ['timeout', undefined, 'pool timed out while waiting for an open connection'],
  ['timeout', undefined, 'called `Result::unwrap()` on an `Err` value: PoolTimedOut'],
  [
    'refused',
    'pay:8080',
    'reqwest::Error { kind: Request, url: "http://pay:8080/", source: hyper_util::client::legacy::Error(Connect, ConnectError("tcp connect error", 10.96.0.1:8080, Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })) }',
  ],
  ['unavailable', 'pay:8080', 'error sending request for url (http://pay:8080/)'],
  [
    'dns',
    'pay:8080',
    'error sending request for url (http://pay:8080/): error trying to connect: dns error: failed to lookup address information: Name or service not known',
  ],
  ['reset', undefined, 'hyper::Error(IncompleteMessage): connection closed before message completed'],
  ['tls', undefined, 'error trying to connect: invalid peer certificate: UnknownIssuer'],
  ['timeout', undefined, 'tcp connect error: Connection timed out (os error 110)'],
  // Proxies and poolers
  [
    'refused',
    '10.96.0.1:8080',
    '2026/05/01 14:00:00 [error] 31#31: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 10.244.0.1, server: _, request: "GET / HTTP/1.1", upstream: "http://10.96.0.1:8080/", host: "shop.example"',
  ],
  [
    'timeout',
    '10.96.0.1:8080',
    '2026/05/01 14:00:00 [error] 31#31: *5 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 10.244.0.1, server: _, request: "GET / HTTP/1.1", upstream: "http://10.96.0.1:8080/", host: "shop.example"',
  ],
  [
    'reset',
    '10.96.0.1:8080',
    '2026/05/01 14:00:00 [error] 31#31: *5 upstream prematurely closed connection while reading response header from upstream, client: 10.244.0.1, server: _, request: "GET / HTTP/1.1", upstream: "http://10.96.0.1:8080/", host: "shop.example"',
  ],
  [
    'reset',
    '10.96.0.1:8080',
    '2026/05/01 14:00:00 [error] 31#31: *5 recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 10.244.0.1, server: _, request: "GET / HTTP/1.1", upstream: "http://10.96.0.1:8080/"',
  ],
  [
    'unavailable',
    'pay',
    '2026/05/01 14:00:00 [error] 31#31: *5 no live upstreams while connecting to upstream, client: 10.244.0.1, server: _, request: "GET / HTTP/1.1", upstream: "http://pay/", host: "shop.example"',
  ],
  [
    'dns',
    'pay',
    '2026/05/01 14:00:00 [emerg] 1#1: host not found in upstream "pay" in /etc/nginx/conf.d/default.conf:5',
  ],
  [
    'dns',
    'pay',
    '2026/05/01 14:00:00 [error] 31#31: *5 pay could not be resolved (3: Host not found), client: 10.244.0.1, server: _, request: "GET / HTTP/1.1"',
  ],
  [
    'tls',
    '10.96.0.1:443',
    '2026/05/01 14:00:00 [error] 31#31: *5 SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream, client: 10.244.0.1, server: _, request: "GET / HTTP/1.1", upstream: "https://10.96.0.1:443/"',
  ],
  [
    'unavailable',
    '10.96.0.7:5432',
    '2026-05-01 14:00:00.223 UTC [1] LOG S-0x55d1: shop/app@10.96.0.7:5432 closing because: connect failed (age=0s)',
  ],
  ['rejected', undefined, 'FATAL: no more connections allowed (max_client_conn)'],
  ['database', undefined, 'psql: error: FATAL: no such database: shop'],
  ['unavailable', undefined, 'ERROR: server login has been failing, try again later (server_login_retry)'],
  [
    'refused',
    undefined,
    '1:S 01 May 2026 14:00:00.123 # Error condition on socket for SYNC: Connection refused',
  ],
  ['timeout', 'web.shop:80', 'ERROR POST http://web.shop:80/pay failed: TIMEOUT'],
  [
    'refused',
    'db-0:5432',
    '2026-05-01 14:00:00.000 UTC [31] FATAL:  could not connect to the primary server: connection to server at "db-0" (10.96.0.7), port 5432 failed: Connection refused',
  ],
  [
    'dns',
    'kubernetes.default.svc.cluster.local:443',
    '2026-05-01 14:00:00.000 [error] <0.254.0> {failed_connect,[{to_address,{"kubernetes.default.svc.cluster.local",443}},{inet,[inet],nxdomain}]}',
  ],
];
