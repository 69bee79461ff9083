/** Lines of programs on the JVM: the JDK, Netty, Spring, connection pools, and clients of databases and brokers. */
import type { Told } from './told.ts';

export const JVM: readonly Told[] = [
  ['refused', undefined, 'java.net.ConnectException: Connection refused (Connection refused)'],
  [
    'refused',
    'redis:6379',
    'io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: redis/10.96.0.9:6379',
  ],
  [
    'refused',
    '10.96.0.9:6379',
    'io.netty.channel.AbstractChannel$AnnotatedConnectException: finishConnect(..) failed: Connection refused: /10.96.0.9:6379',
  ],
  [
    'refused',
    'auth.shop.svc.cluster.local:8081',
    '2026-05-01 14:00:00.123 ERROR 1 --- [or-http-epoll-2] a.w.r.e.AbstractErrorWebExceptionHandler : [c1] 500 Server Error: finishConnect(..) failed: Connection refused: auth.shop.svc.cluster.local/10.96.13.21:8081',
  ],
  [
    'refused',
    'redis:6379',
    'Cannot reconnect to [redis/<unresolved>:6379]: finishConnect(..) failed: Connection refused',
  ],
  ['dns', 'db', 'java.net.UnknownHostException: db'],
  ['dns', 'db', 'Caused by: java.net.UnknownHostException: db: Temporary failure in name resolution'],
  ['dns', 'redis', "java.net.UnknownHostException: Failed to resolve 'redis' [A(1)]"],
  ['dns', 'redis', "java.net.UnknownHostException: failed to resolve 'redis' after 2 queries"],
  ['dns', undefined, 'java.nio.channels.UnresolvedAddressException: null'],
  [
    'refused',
    'pay:8080',
    'org.springframework.web.client.ResourceAccessException: I/O error on GET request for "http://pay:8080/x": Connection refused; nested exception is java.net.ConnectException: Connection refused',
  ],
  [
    'refused',
    'pay:8080',
    'org.apache.http.conn.HttpHostConnectException: Connect to pay:8080 [pay/10.96.0.1] failed: Connection refused (Connection refused)',
  ],
  [
    'refused',
    'pay:8080',
    'org.apache.hc.client5.http.HttpHostConnectException: Connect to http://pay:8080 [pay/10.96.0.1] failed: Connection refused',
  ],
  [
    'timeout',
    'pay:8080',
    'org.apache.http.conn.ConnectTimeoutException: Connect to pay:8080 [pay/10.96.0.1] failed: connect timed out',
  ],
  ['unavailable', 'pay:8080', 'java.net.ConnectException: Failed to connect to pay/10.96.0.1:8080'],
  ['timeout', undefined, 'java.net.SocketTimeoutException: Read timed out'],
  ['timeout', undefined, 'java.net.http.HttpConnectTimeoutException: HTTP connect timed out'],
  ['timeout', undefined, 'java.net.http.HttpTimeoutException: request timed out'],
  ['unreachable', undefined, 'java.net.NoRouteToHostException: No route to host (Host unreachable)'],
  [
    'timeout',
    'pay:8080',
    'io.netty.channel.ConnectTimeoutException: connection timed out after 30000 ms: pay/10.96.0.1:8080',
  ],
  ['timeout', undefined, 'io.netty.handler.timeout.ReadTimeoutException: null'],
  [
    'reset',
    undefined,
    'reactor.netty.http.client.PrematureCloseException: Connection prematurely closed BEFORE response',
  ],
  // Databases
  [
    'refused',
    'db:5432',
    'org.postgresql.util.PSQLException: Connection to db:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.',
  ],
  ['unavailable', undefined, 'org.postgresql.util.PSQLException: The connection attempt failed.'],
  ['tls', undefined, 'org.postgresql.util.PSQLException: The server does not support SSL.'],
  [
    'credentials',
    undefined,
    'Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "app"',
  ],
  ['rejected', undefined, 'org.postgresql.util.PSQLException: FATAL: sorry, too many clients already'],
  [
    'reset',
    undefined,
    'org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.',
  ],
  [
    'timeout',
    undefined,
    'java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=5)',
  ],
  [
    'refused',
    'db:5432',
    'com.zaxxer.hikari.pool.HikariPool$PoolInitializationException: Failed to initialize pool: Connection to db:5432 refused. Check that the hostname and port are correct',
  ],
  [
    'unavailable',
    undefined,
    'com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure',
  ],
  [
    'unavailable',
    undefined,
    'java.sql.SQLNonTransientConnectionException: Could not create connection to database server. Attempted reconnect 3 times. Giving up.',
  ],
  [
    'refused',
    'mysql:3306',
    'java.sql.SQLNonTransientConnectionException: Socket fail to connect to host:address=(host=mysql)(port=3306)(type=primary). Connection refused',
  ],
  [
    'rejected',
    undefined,
    'java.sql.SQLNonTransientConnectionException: Data source rejected establishment of connection,  message from server: "Too many connections"',
  ],
  [
    'credentials',
    undefined,
    "java.sql.SQLException: Access denied for user 'app'@'10.244.0.9' (using password: YES)",
  ],
  [
    'unavailable',
    'mssql:1433',
    'com.microsoft.sqlserver.jdbc.SQLServerException: The TCP/IP connection to the host mssql, port 1433 has failed. Error: "mssql. Verify the connection properties.',
  ],
  [
    'database',
    undefined,
    'com.microsoft.sqlserver.jdbc.SQLServerException: Cannot open database "shop" requested by the login. The login failed. ClientConnectionId:1',
  ],
  [
    'tls',
    undefined,
    'com.microsoft.sqlserver.jdbc.SQLServerException: The driver could not establish a secure connection to SQL Server by using Secure Sockets Layer (SSL) encryption. Error: "PKIX path building failed"',
  ],
  [
    'unavailable',
    undefined,
    'java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection',
  ],
  ['refused', undefined, 'ORA-12541: TNS:no listener'],
  ['credentials', undefined, 'java.sql.SQLException: ORA-01017: invalid username/password; logon denied'],
  [
    'database',
    undefined,
    'ORA-12514: TNS:listener does not currently know of service requested in connect descriptor',
  ],
  // Kafka
  [
    'unavailable',
    'kafka:9092',
    '2026-05-01 14:00:00,123 WARN [AdminClient clientId=adminclient-1] Connection to node -1 (kafka/10.96.0.9:9092) could not be established. Broker may not be available. (org.apache.kafka.clients.NetworkClient)',
  ],
  [
    'unavailable',
    'kafka:9092',
    '[Producer clientId=producer-1] Connection to node -1 (kafka/10.96.0.9:9092) could not be established. Node may not be available.',
  ],
  [
    'unavailable',
    'kafka:9092',
    '[Producer clientId=producer-1] Bootstrap broker kafka:9092 (id: -1 rack: null) disconnected',
  ],
  [
    'dns',
    'kafka:9092',
    "Couldn't resolve server kafka:9092 from bootstrap.servers as DNS resolution failed for kafka",
  ],
  [
    'dns',
    undefined,
    'org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in bootstrap.servers',
  ],
  [
    'timeout',
    undefined,
    'org.apache.kafka.common.errors.TimeoutException: Topic orders not present in metadata after 60000 ms.',
  ],
  [
    'timeout',
    undefined,
    'org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: listTopics',
  ],
  [
    'credentials',
    'kafka:9093',
    '[Consumer clientId=c-1, groupId=g] Connection to node 1 (kafka/10.96.0.9:9093) failed authentication due to: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
  ],
  [
    'reset',
    'kafka:9092',
    '[AdminClient clientId=a] Connection to node -1 (kafka/10.96.0.9:9092) terminated during authentication. This may happen due to any of the following reasons: (1) Authentication failed due to invalid credentials with brokers older than 1.0.0, (2) Firewall blocking Kafka TLS traffic (eg it may only allow HTTPS traffic), (3) Transient network issue.',
  ],
  [
    'database',
    undefined,
    '[Producer clientId=p] Error while fetching metadata with correlation id 2 : {orders=UNKNOWN_TOPIC_OR_PARTITION}',
  ],
  [
    'rejected',
    undefined,
    '[Producer clientId=p] Error while fetching metadata with correlation id 3 : {orders=LEADER_NOT_AVAILABLE}',
  ],
  [
    'credentials',
    undefined,
    'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [orders]',
  ],
  ['tls', undefined, 'org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed'],
  // Redis, MongoDB, Cassandra, RabbitMQ, Elasticsearch
  ['unavailable', 'redis:6379', 'io.lettuce.core.RedisConnectionException: Unable to connect to redis:6379'],
  [
    'unavailable',
    'redis:6379',
    'io.lettuce.core.RedisConnectionException: Unable to connect to redis/<unresolved>:6379',
  ],
  ['timeout', undefined, 'io.lettuce.core.RedisCommandTimeoutException: Command timed out after 1 minute(s)'],
  [
    'unavailable',
    undefined,
    'redis.clients.jedis.exceptions.JedisConnectionException: Failed to connect to any host resolved for DNS name.',
  ],
  [
    'unavailable',
    'redis:6379',
    'org.redisson.client.RedisConnectionException: Unable to connect to Redis server: redis/10.96.0.9:6379',
  ],
  [
    'refused',
    'mongo:27017',
    'com.mongodb.MongoTimeoutException: Timed out after 30000 ms while waiting to connect. Client view of cluster state is {type=UNKNOWN, servers=[{address=mongo:27017, type=UNKNOWN, state=CONNECTING, exception={com.mongodb.MongoSocketOpenException: Exception opening socket}, caused by {java.net.ConnectException: Connection refused}}]',
  ],
  [
    'unavailable',
    'mongo:27017',
    '2026-05-01 14:00:00.123  INFO 1 --- [}-mongo:27017] org.mongodb.driver.cluster : Exception in monitor thread while connecting to server mongo:27017',
  ],
  [
    'credentials',
    'mongo:27017',
    "com.mongodb.MongoCommandException: Command failed with error 18 (AuthenticationFailed): 'Authentication failed.' on server mongo:27017.",
  ],
  [
    'unavailable',
    'cassandra:9042',
    "com.datastax.oss.driver.api.core.AllNodesFailedException: Could not reach any contact point, make sure you've provided valid addresses (showing first 1 nodes, use getAllErrors() for more): Node(endPoint=cassandra/10.96.0.5:9042, hostId=null, hashCode=1)",
  ],
  [
    'unavailable',
    'cassandra:9042',
    'com.datastax.driver.core.exceptions.NoHostAvailableException: All host(s) tried for query failed (tried: cassandra/10.96.0.5:9042 (com.datastax.driver.core.exceptions.TransportException: [cassandra/10.96.0.5:9042] Cannot connect))',
  ],
  [
    'credentials',
    '10.96.0.5:9042',
    'com.datastax.driver.core.exceptions.AuthenticationException: Authentication error on host /10.96.0.5:9042: Host requires authentication',
  ],
  [
    'credentials',
    undefined,
    'com.rabbitmq.client.AuthenticationFailureException: ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.',
  ],
  [
    'refused',
    undefined,
    'org.springframework.amqp.AmqpConnectException: java.net.ConnectException: Connection refused',
  ],
  ['dns', 'rabbitmq', 'org.springframework.amqp.AmqpIOException: java.net.UnknownHostException: rabbitmq'],
  [
    'unavailable',
    '10.96.0.4:9300',
    'NoNodeAvailableException[None of the configured nodes are available: [{#transport#-1}{x1}{es}{10.96.0.4:9300}]]',
  ],
  // TLS
  [
    'tls',
    undefined,
    'javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
  ],
  ['tls', undefined, 'javax.net.ssl.SSLException: Unsupported or unrecognized SSL message'],
  [
    'tls',
    undefined,
    'java.security.cert.CertificateException: No subject alternative DNS name matching pay found.',
  ],
  [
    'tls',
    undefined,
    'java.security.cert.CertificateExpiredException: NotAfter: Thu Apr 30 00:00:00 UTC 2026',
  ],
  // gRPC
  ['dns', 'pay', 'io.grpc.StatusRuntimeException: UNAVAILABLE: Unable to resolve host pay'],
  [
    'timeout',
    'pay:50051',
    'io.grpc.StatusRuntimeException: DEADLINE_EXCEEDED: deadline exceeded after 4.99s. [remote_addr=pay/10.96.0.1:50051]',
  ],
];
