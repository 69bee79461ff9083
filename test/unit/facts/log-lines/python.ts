/** Lines of programs in Python: sockets, requests, and clients of databases and brokers. */
import type { Told } from './told.ts';

export const PYTHON: readonly Told[] = [
  [
    'refused',
    'db:5432',
    'psycopg2.OperationalError: connection to server at "db" (10.96.0.7), port 5432 failed: Connection refused',
  ],
  [
    'refused',
    'db:5432',
    '{"level":"error","event":"startup","exc":"psycopg2.OperationalError: connection to server at \\"db\\" (10.96.0.7), port 5432 failed: Connection refused\\n\\tIs the server running on that host and accepting TCP/IP connections?"}',
  ],
  [
    'refused',
    'db:5432',
    'sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) could not connect to server: Connection refused\\n\\tIs the server running on host "db" (10.96.0.7) and accepting\\n\\tTCP/IP connections on port 5432?',
  ],
  ['refused', undefined, 'could not connect to server: Connection refused'],
  [
    'dns',
    'db',
    'psycopg2.OperationalError: could not translate host name "db" to address: Name or service not known',
  ],
  [
    'credentials',
    'db:5432',
    'connection to server at "db" (10.96.0.7), port 5432 failed: FATAL:  no pg_hba.conf entry for host "10.244.0.9", user "app", database "shop", no encryption',
  ],
  [
    'tls',
    'db:5432',
    'connection to server at "db" (10.96.0.7), port 5432 failed: server does not support SSL, but SSL was required',
  ],
  ['timeout', 'db:5432', 'connection to server at "db" (10.96.0.7), port 5432 failed: timeout expired'],
  ['reset', undefined, 'psycopg2.OperationalError: server closed the connection unexpectedly'],
  ['reset', undefined, 'psycopg2.OperationalError: SSL SYSCALL error: EOF detected'],
  ['dns', undefined, 'psycopg.OperationalError: [Errno -2] Name or service not known'],
  ['timeout', undefined, "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec"],
  [
    'refused',
    '10.96.0.7:5432',
    "ConnectionRefusedError: [Errno 111] Connect call failed ('10.96.0.7', 5432)",
  ],
  [
    'refused',
    '[::1]:5432',
    "OSError: Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0), [Errno 111] Connect call failed ('127.0.0.1', 5432)",
  ],
  [
    'credentials',
    undefined,
    'asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "app"',
  ],
  ['database', undefined, 'asyncpg.exceptions.InvalidCatalogNameError: database "shop" does not exist'],
  ['rejected', undefined, 'asyncpg.exceptions.CannotConnectNowError: the database system is starting up'],
  [
    'timeout',
    undefined,
    'sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00 (Background on this error at: https://sqlalche.me/e/20/3o7r)',
  ],
  [
    'refused',
    'mysql',
    `pymysql.err.OperationalError: (2003, "Can't connect to MySQL server on 'mysql' ([Errno 111] Connection refused)")`,
  ],
  [
    'timeout',
    'mysql',
    `pymysql.err.OperationalError: (2003, "Can't connect to MySQL server on 'mysql' (timed out)")`,
  ],
  [
    'dns',
    'mysql',
    `(2003, "Can't connect to MySQL server on 'mysql' ([Errno -2] Name or service not known)")`,
  ],
  ['refused', 'mysql:3306', "ERROR 2003 (HY000): Can't connect to MySQL server on 'mysql:3306' (111)"],
  ['dns', 'mysql', `MySQLdb.OperationalError: (2005, "Unknown MySQL server host 'mysql' (-2)")`],
  ['reset', undefined, "(2013, 'Lost connection to MySQL server during query')"],
  ['reset', undefined, "(2006, 'MySQL server has gone away')"],
  // requests, urllib3, aiohttp, httpx
  [
    'refused',
    'pay:80',
    "requests.exceptions.ConnectionError: HTTPConnectionPool(host='pay', port=80): Max retries exceeded with url: /x (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f2a>: Failed to establish a new connection: [Errno 111] Connection refused'))",
  ],
  [
    'dns',
    'pay',
    `requests.exceptions.ConnectionError: HTTPConnectionPool(host='pay', port=80): Max retries exceeded with url: /x (Caused by NameResolutionError("<urllib3.connection.HTTPConnection object at 0x7f2a>: Failed to resolve 'pay' ([Errno -2] Name or service not known)"))`,
  ],
  [
    'timeout',
    'pay:80',
    "requests.exceptions.ConnectTimeout: HTTPConnectionPool(host='pay', port=80): Max retries exceeded with url: /x (Caused by ConnectTimeoutError(<urllib3.connection.HTTPConnection object at 0x7f2a>, 'Connection to pay timed out. (connect timeout=5)'))",
  ],
  [
    'timeout',
    'pay:80',
    "requests.exceptions.ReadTimeout: HTTPConnectionPool(host='pay', port=80): Read timed out. (read timeout=5)",
  ],
  [
    'tls',
    'pay:443',
    "requests.exceptions.SSLError: HTTPSConnectionPool(host='pay', port=443): Max retries exceeded with url: / (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1007)')))",
  ],
  ['tls', undefined, 'ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1007)'],
  [
    'reset',
    undefined,
    "requests.exceptions.ConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
  ],
  [
    'reset',
    undefined,
    "requests.exceptions.ConnectionError: ('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
  ],
  ['refused', undefined, 'urllib.error.URLError: <urlopen error [Errno 111] Connection refused>'],
  [
    'unavailable',
    'pay:8080',
    "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host pay:8080 ssl:default [Connect call failed ('10.96.0.1', 8080)]",
  ],
  [
    'dns',
    'pay:8080',
    'aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host pay:8080 ssl:default [Name or service not known]',
  ],
  ['reset', undefined, 'aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected'],
  ['unavailable', undefined, 'httpx.ConnectError: All connection attempts failed'],
  ['timeout', undefined, 'httpx.ReadTimeout: The read operation timed out'],
  ['reset', undefined, 'httpx.RemoteProtocolError: Server disconnected without sending a response.'],
  // Redis
  [
    'refused',
    'redis:6379',
    'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.',
  ],
  [
    'dns',
    'redis:6379',
    'redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service not known.',
  ],
  ['timeout', undefined, 'redis.exceptions.TimeoutError: Timeout connecting to server'],
  ['timeout', 'redis:6379', 'redis.exceptions.TimeoutError: Timeout reading from redis:6379'],
  ['reset', undefined, 'redis.exceptions.ConnectionError: Connection closed by server.'],
  ['credentials', undefined, 'redis.exceptions.AuthenticationError: Authentication required.'],
  ['rejected', undefined, 'redis.exceptions.BusyLoadingError: Redis is loading the dataset in memory'],
  ['rejected', undefined, "redis.exceptions.ReadOnlyError: You can't write against a read only replica."],
  // RabbitMQ
  [
    'refused',
    undefined,
    "pika: Socket failed to connect: <socket.socket fd=6, family=2, type=1, proto=6, laddr=('10.244.0.9', 41234)>; error=111 (Connection refused)",
  ],
  [
    'credentials',
    undefined,
    "pika.exceptions.ProbableAuthenticationError: ConnectionClosedByBroker: (403) 'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.'",
  ],
  ['unavailable', undefined, 'pika.exceptions.AMQPConnectionError'],
  ['dns', undefined, "Address resolution failed: gaierror(-2, 'Name or service not known')"],
  [
    'database',
    undefined,
    'pika.exceptions.ProbableAccessDeniedError: ConnectionClosedByBroker: (530) "NOT_ALLOWED - vhost shop not found"',
  ],
  [
    'refused',
    'rabbitmq:5672',
    '[2026-05-01 14:00:00,123: ERROR/MainProcess] consumer: Cannot connect to amqp://app:**@rabbitmq:5672//: [Errno 111] Connection refused.',
  ],
  [
    'refused',
    'redis:6379',
    '[2026-05-01 14:00:00,123: ERROR/MainProcess] consumer: Cannot connect to redis://redis:6379/0: Error 111 connecting to redis:6379. Connection refused..',
  ],
  ['refused', undefined, 'kombu.exceptions.OperationalError: [Errno 111] Connection refused'],
  // Kafka
  ['unavailable', undefined, 'kafka.errors.NoBrokersAvailable: NoBrokersAvailable'],
  [
    'refused',
    'kafka:9092',
    "2026-05-01 14:00:00,123 ERROR <BrokerConnection client_id=kafka-python-2.2.15, node_id=bootstrap-0 host=kafka:9092 <connecting> [IPv4 ('10.96.0.9', 9092)]>: Connect attempt returned error 111. Disconnecting.",
  ],
  [
    'dns',
    'kafka:9092',
    'DNS lookup failed for kafka:9092, exception was [Errno -2] Name or service not known. Is your advertised.listeners (called advertised.host.name before Kafka 9) correct and resolvable?',
  ],
  [
    'timeout',
    undefined,
    'kafka.errors.KafkaTimeoutError: KafkaTimeoutError: Failed to update metadata after 60.0 secs.',
  ],
  [
    'refused',
    '10.96.0.9:9092',
    '%3|1777644000.123|FAIL|rdkafka#consumer-1| [thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Connect to ipv4#10.96.0.9:9092 failed: Connection refused (after 0ms in state CONNECT)',
  ],
  [
    'dns',
    'kafka:9092',
    "%3|1777644000.123|FAIL|rdkafka#producer-1| [thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Failed to resolve 'kafka:9092': Name or service not known (after 5ms in state CONNECT)",
  ],
  ['unavailable', undefined, '%3|1777644000.1|ERROR|rdkafka#c-1| [thrd:app]: c-1: 1/1 brokers are down'],
  // MongoDB, Cassandra, Elasticsearch
  [
    'refused',
    'mongo:27017',
    'pymongo.errors.ServerSelectionTimeoutError: mongo:27017: [Errno 111] Connection refused (configured timeouts: socketTimeoutMS: 20000.0ms, connectTimeoutMS: 20000.0ms), Timeout: 30s, Topology Description: <TopologyDescription id: 6, topology_type: Unknown>',
  ],
  [
    'credentials',
    undefined,
    "pymongo.errors.OperationFailure: Authentication failed., full error: {'ok': 0.0, 'errmsg': 'Authentication failed.', 'code': 18, 'codeName': 'AuthenticationFailed'}",
  ],
  ['timeout', 'mongo:27017', 'pymongo.errors.NetworkTimeout: mongo:27017: timed out'],
  [
    'refused',
    '10.96.0.5:9042',
    `cassandra.cluster.NoHostAvailable: ('Unable to connect to any servers', {'10.96.0.5:9042': ConnectionRefusedError(111, "Tried connecting to [('10.96.0.5', 9042)]. Last error: Connection refused")})`,
  ],
  [
    'refused',
    undefined,
    'elastic_transport.ConnectionError: Connection error caused by: ConnectionError(Connection error caused by: NewConnectionError(<urllib3.connection.HTTPConnection object at 0x7f2a>: Failed to establish a new connection: [Errno 111] Connection refused))',
  ],
  // The C library's words: glibc, musl.
  ['dns', undefined, 'socket.gaierror: [Errno -3] Temporary failure in name resolution'],
  ['dns', undefined, 'socket.gaierror: [Errno -2] Name does not resolve'],
  ['timeout', undefined, 'TimeoutError: [Errno 110] Connection timed out'],
  ['unreachable', undefined, 'OSError: [Errno 113] No route to host'],
  // gRPC
  [
    'refused',
    '10.96.0.1:50051',
    'grpc._channel._InactiveRpcError: StatusCode.UNAVAILABLE: failed to connect to all addresses; last error: UNKNOWN: ipv4:10.96.0.1:50051: Failed to connect to remote host: connect: Connection refused (111)',
  ],
  [
    'dns',
    'pay:50051',
    'StatusCode.UNAVAILABLE, details = "DNS resolution failed for pay:50051: C-ares status is not ARES_SUCCESS qtype=A name=pay: Domain name not found"',
  ],
  ['timeout', undefined, 'status = StatusCode.DEADLINE_EXCEEDED'],
];
