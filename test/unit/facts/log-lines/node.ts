/** Lines of programs in Node.js: net, dns, tls, fetch, and clients of databases and brokers. */
import type { Told } from './told.ts';

export const NODE: readonly Told[] = [
  ['refused', '10.96.0.7:5432', 'Error: connect ECONNREFUSED 10.96.0.7:5432'],
  ['refused', '[fd00::7]:5432', 'Error: connect ECONNREFUSED fd00::7:5432'],
  ['refused', undefined, 'AggregateError [ECONNREFUSED]: '],
  ['refused', undefined, "  code: 'ECONNREFUSED',"],
  ['dns', 'db.shop', 'Error: getaddrinfo ENOTFOUND db.shop'],
  ['dns', 'redis', '[ioredis] Unhandled error event: Error: getaddrinfo EAI_AGAIN redis'],
  ['timeout', '10.1.2.3:443', 'Error: connect ETIMEDOUT 10.1.2.3:443'],
  ['unreachable', '10.1.2.3:443', 'Error: connect EHOSTUNREACH 10.1.2.3:443'],
  ['reset', undefined, 'Error: socket hang up'],
  ['credentials', undefined, 'error: password authentication failed for user "app"'],
  ['database', undefined, 'error: database "shop" does not exist'],
  ['reset', undefined, 'Error: Connection terminated unexpectedly'],
  ['timeout', undefined, 'Error: Connection terminated due to connection timeout'],
  ['timeout', undefined, 'Error: timeout exceeded when trying to connect'],
  ['tls', undefined, 'Error: The server does not support SSL connections'],
  // Redis
  [
    'refused',
    '10.96.0.9:6379',
    '[ioredis] Unhandled error event: Error: connect ECONNREFUSED 10.96.0.9:6379',
  ],
  [
    'unavailable',
    undefined,
    'MaxRetriesPerRequestError: Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.',
  ],
  ['credentials', undefined, 'ReplyError: NOAUTH Authentication required.'],
  ['timeout', undefined, 'ConnectionTimeoutError: Connection timeout'],
  ['reset', undefined, 'SocketClosedUnexpectedlyError: Socket closed unexpectedly'],
  ['unavailable', undefined, 'ClusterAllFailedError: Failed to refresh slots cache.'],
  // HTTP
  ['refused', '10.96.0.1:8080', 'AxiosError: connect ECONNREFUSED 10.96.0.1:8080'],
  ['timeout', undefined, 'AxiosError: timeout of 5000ms exceeded'],
  ['dns', 'pay', '    cause: Error: getaddrinfo ENOTFOUND pay'],
  [
    'timeout',
    'pay:8080',
    '  [cause]: ConnectTimeoutError: Connect Timeout Error (attempted address: pay:8080, timeout: 10000ms)',
  ],
  ['timeout', undefined, 'HeadersTimeoutError: Headers Timeout Error'],
  ['reset', undefined, '  [cause]: SocketError: other side closed'],
  [
    'refused',
    '10.96.0.1:8080',
    'FetchError: request to http://pay:8080/x failed, reason: connect ECONNREFUSED 10.96.0.1:8080',
  ],
  ['timeout', 'pay:8080', 'FetchError: network timeout at: http://pay:8080/x'],
  // TLS
  ['tls', undefined, 'Error: self-signed certificate in certificate chain'],
  ['tls', undefined, 'Error: unable to get local issuer certificate'],
  ['tls', undefined, 'Error: unable to verify the first certificate'],
  [
    'tls',
    undefined,
    "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: pay. is not in the cert's altnames: DNS:other",
  ],
  [
    'tls',
    undefined,
    'Error: write EPROTO 140735:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:',
  ],
  // MongoDB
  ['refused', '10.96.1.1:27017', 'MongooseServerSelectionError: connect ECONNREFUSED 10.96.1.1:27017'],
  ['dns', 'mongo', 'MongoServerSelectionError: getaddrinfo ENOTFOUND mongo'],
  ['timeout', undefined, 'MongoServerSelectionError: Server selection timed out after 30000 ms'],
  ['reset', '10.96.1.1:27017', 'MongoNetworkError: connection 3 to 10.96.1.1:27017 closed'],
  ['credentials', undefined, 'MongoServerError: Authentication failed.'],
  ['timeout', undefined, 'MongooseError: Operation `users.find()` buffering timed out after 10000ms'],
  // Kafka
  [
    'refused',
    '10.96.0.9:9092',
    '{"level":"ERROR","timestamp":"2026-05-01T14:00:00.123Z","logger":"kafkajs","message":"[Connection] Connection error: connect ECONNREFUSED 10.96.0.9:9092","broker":"kafka:9092","clientId":"app"}',
  ],
  [
    'timeout',
    'kafka:9092',
    '{"level":"ERROR","timestamp":"2026-05-01T14:00:00.123Z","logger":"kafkajs","message":"[Connection] Connection timeout","broker":"kafka:9092","clientId":"app"}',
  ],
  [
    'database',
    'kafka:9092',
    '{"level":"ERROR","logger":"kafkajs","message":"[Connection] Response Metadata(key: 3, version: 6)","broker":"kafka:9092","error":"This server does not host this topic-partition"}',
  ],
  [
    'credentials',
    undefined,
    'KafkaJSSASLAuthenticationError: SASL SCRAM SHA512 authentication failed: Authentication failed during authentication due to invalid credentials',
  ],
  // MySQL, RabbitMQ, Elasticsearch, Prisma
  [
    'credentials',
    undefined,
    "Error: ER_ACCESS_DENIED_ERROR: Access denied for user 'app'@'10.244.0.9' (using password: YES)",
  ],
  ['reset', undefined, 'Error: Connection lost: The server closed the connection.'],
  [
    'credentials',
    undefined,
    'Error: Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN"',
  ],
  ['reset', undefined, 'Error: Socket closed abruptly during opening handshake'],
  ['unavailable', undefined, 'NoLivingConnectionsError: There are no living connections'],
  ['unavailable', 'db:5432', "PrismaClientInitializationError: Can't reach database server at `db:5432`"],
  ['unavailable', 'db:5432', "Error: P1001: Can't reach database server at `db`:`5432`"],
  [
    'credentials',
    'db',
    'Error: P1000: Authentication failed against database server at `db`, the provided database credentials for `app` are not valid.',
  ],
  [
    'database',
    'db:5432',
    'Error: P1003: Database `shop` does not exist on the database server at `db:5432`.',
  ],
  // gRPC
  [
    'refused',
    '10.96.0.1:50051',
    'Error: 14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 10.96.0.1:50051 (2026-05-01T14:00:00.123Z)',
  ],
  ['dns', 'pay:50051', 'Error: 14 UNAVAILABLE: Name resolution failed for target dns:pay:50051'],
  ['timeout', undefined, 'Error: 4 DEADLINE_EXCEEDED: Deadline exceeded after 5.003s'],
];
