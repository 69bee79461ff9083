/** Lines of brokers' and directories' clients, object stores, tracing, Elixir, ORMs: none of them was there when the forms were made. */
import type { Told } from './told.ts';

export const MORE: readonly Told[] = [
  ['refused', 'pay:8080', 'feign.RetryableException: Connection refused executing GET http://pay:8080/x'],
  [
    'refused',
    'minio:9000',
    'com.amazonaws.SdkClientException: Unable to execute HTTP request: Connect to minio:9000 [minio/10.96.0.3] failed: Connection refused',
  ],
  [
    'unavailable',
    'minio:9000',
    'botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "http://minio:9000/bucket"',
  ],
  [
    'timeout',
    's3.eu-west-1.amazonaws.com',
    'botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: "https://s3.eu-west-1.amazonaws.com/bucket"',
  ],
  [
    'dns',
    'minio',
    'RequestError: send request failed caused by: Put "http://minio:9000/b/k": dial tcp: lookup minio on 10.96.0.10:53: no such host',
  ],
  [
    'refused',
    'zookeeper:2181',
    '2026-05-01 14:00:00,123 WARN Session 0x0 for server zookeeper/10.96.0.3:2181, Closing socket connection. Attempting reconnect except it is a SessionExpiredException. java.net.ConnectException: Connection refused',
  ],
  [
    'unavailable',
    undefined,
    'org.apache.zookeeper.KeeperException$ConnectionLossException: KeeperErrorCode = ConnectionLoss for /brokers/ids',
  ],
  ['unavailable', undefined, "ldap.SERVER_DOWN: {'desc': \"Can't contact LDAP server\"}"],
  [
    'unavailable',
    'otel-collector:4317',
    'Failed to export spans. The request could not be executed. Full error message: Failed to connect to otel-collector/10.96.0.4:4317',
  ],
  [
    'refused',
    'otel-collector:4318',
    "requests.exceptions.ConnectionError: HTTPConnectionPool(host='otel-collector', port=4318): Max retries exceeded with url: /v1/traces (Caused by NewConnectionError(\"HTTPConnection(host='otel-collector', port=4318): Failed to establish a new connection: [Errno 111] Connection refused\"))",
  ],
  [
    'refused',
    '10.96.0.4:4317',
    '{"level":"error","ts":"2026-05-01T14:00:00Z","caller":"exporterhelper/queue_sender.go:128","msg":"Exporting failed. Dropping data.","kind":"exporter","error":"rpc error: code = Unavailable desc = connection error: desc = \\"transport: Error while dialing: dial tcp 10.96.0.4:4317: connect: connection refused\\"","dropped_items":10}',
  ],
  [
    'refused',
    'keycloak:8080',
    'java.lang.IllegalArgumentException: Unable to resolve the Configuration with the provided Issuer of "http://keycloak:8080/realms/shop": I/O error on GET request for "http://keycloak:8080/realms/shop/.well-known/openid-configuration": Connection refused',
  ],
  [
    'refused',
    'db:5432',
    '{"host":"db","port":5432,"level":"error","message":"connect failed: Connection refused"}',
  ],
  ['refused', 'redis:6379', 'level=error msg="redis ping failed" addr=redis:6379 err="connection refused"'],
  [
    'unavailable',
    'activemq:61616',
    'javax.jms.JMSException: Could not connect to broker URL: tcp://activemq:61616. Reason: java.net.SocketException',
  ],
  [
    'refused',
    'activemq:61616',
    'Could not connect to broker URL: tcp://activemq:61616. Reason: java.net.ConnectException: Connection refused (Connection refused)',
  ],
  [
    'refused',
    'pulsar:6650',
    'org.apache.pulsar.client.api.PulsarClientException: java.util.concurrent.CompletionException: io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: pulsar/10.96.0.6:6650',
  ],
  [
    'refused',
    '10.96.0.7:5432',
    '2026-05-01T14:00:00.123Z [error] Postgrex.Protocol (#PID<0.412.0>) failed to connect: ** (DBConnection.ConnectionError) tcp connect (10.96.0.7:5432): connection refused - :econnrefused',
  ],
  [
    'dns',
    'db:5432',
    '[error] Postgrex.Protocol (#PID<0.412.0>) failed to connect: ** (DBConnection.ConnectionError) tcp connect (db:5432): non-existing domain - :nxdomain',
  ],
  [
    'timeout',
    undefined,
    '** (DBConnection.ConnectionError) connection not available and request was dropped from queue after 2999ms.',
  ],

  [
    'credentials',
    undefined,
    "com.mongodb.MongoSecurityException: Exception authenticating MongoCredential{mechanism=SCRAM-SHA-1, userName='app', source='admin'}",
  ],
  [
    'credentials',
    undefined,
    'org.elasticsearch.ElasticsearchStatusException: Elasticsearch exception [type=security_exception, reason=unable to authenticate user [app] for REST request [/]]',
  ],
  ['unavailable', undefined, 'Error: Failed to connect to Vault: Code: 403. Errors: * permission denied'],
  ['tls', undefined, 'Error: unable to verify the first certificate'],
  [
    'tls',
    'pay:443',
    "urllib3.exceptions.MaxRetryError: HTTPSConnectionPool(host='pay', port=443): Max retries exceeded with url: / (Caused by SSLError(CertificateError(\"hostname 'pay' doesn't match 'other'\")))",
  ],
  [
    'timeout',
    undefined,
    'Microsoft.Data.SqlClient.SqlException (0x80131904): Connection Timeout Expired.  The timeout period elapsed while attempting to consume the pre-login handshake acknowledgement.',
  ],
  ['refused', '127.0.0.1:6379', 'Error: connect ECONNREFUSED 127.0.0.1:6379'],
  ['refused', '[::1]:6379', 'Error: connect ECONNREFUSED ::1:6379'],
  [
    'refused',
    'localhost:5432',
    'connection to server at "localhost" (::1), port 5432 failed: Connection refused',
  ],
  ['unavailable', 'db:5432', 'sqlx::Error: failed to connect to db:5432'],
  ['timeout', '10.96.0.7:5432', 'dial tcp 10.96.0.7:5432: connect: operation timed out'],
  [
    'refused',
    'mysql:3306',
    'SQLSTATE[HY000] [2002] Connection refused (Connection: mysql, Host: mysql, Port: 3306, Database: shop, SQL: select 1)',
  ],
  [
    'dns',
    'mysql',
    'SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo for mysql failed: Name does not resolve',
  ],
  [
    'refused',
    'rabbitmq:5672',
    '2026-05-01 14:00:00 [err] AMQP Connection Error: stream_socket_client(): Unable to connect to tcp://rabbitmq:5672 (Connection refused)',
  ],
  [
    'refused',
    '10.96.0.8:3306',
    '[mysql] 2026/05/01 14:00:00 packets.go:122: closing bad idle connection: dial tcp 10.96.0.8:3306: connect: connection refused',
  ],
  ['reset', undefined, '[mysql] 2026/05/01 14:00:00 packets.go:37: unexpected EOF'],
  [
    'unavailable',
    'kafka-0.kafka:9092',
    '[2026-05-01 14:00:00,123] WARN [Consumer clientId=c, groupId=g] Connection to node 0 (kafka-0.kafka/10.244.1.2:9092) could not be established. Node may not be available.',
  ],
  [
    'timeout',
    undefined,
    'org.springframework.dao.QueryTimeoutException: Redis command timed out; nested exception is io.lettuce.core.RedisCommandTimeoutException',
  ],
  [
    'rejected',
    undefined,
    'com.datastax.oss.driver.api.core.servererrors.UnavailableException: Not enough replicas available for query at consistency QUORUM (2 required but only 1 alive)',
  ],
  [
    'rejected',
    undefined,
    'NotEnoughReplicasException: Messages are rejected since there are fewer in-sync replicas than required.',
  ],
  ['unavailable', 'nats:4222', 'nats: dial tcp: i/o nats:4222 could not connect to server'],
  [
    'refused',
    'db:3306',
    'sequelize ConnectionRefusedError [SequelizeConnectionRefusedError]: connect ECONNREFUSED db:3306',
  ],
  ['dns', 'db', 'SequelizeHostNotFoundError: getaddrinfo ENOTFOUND db'],
  [
    'credentials',
    undefined,
    "SequelizeAccessDeniedError: Access denied for user 'app'@'10.244.0.9' (using password: YES)",
  ],
  ['unavailable', 'redis:6379', 'Could not connect to Redis at redis:6379: Try again'],
  ['dns', 'db', 'ping: db: Name or service not known'],
  ['dns', 'db', "ping: bad address 'db'"],
  ['dns', 'db', 'getent: db: Temporary failure in name resolution'],
  [
    'refused',
    'db:5432',
    '/app/wait.sh: connect: Connection refused /app/wait.sh: line 3: /dev/tcp/db/5432: Connection refused',
  ],
  [
    'refused',
    '10.96.0.7:5432',
    '2026-05-01T14:00:00Z ERR failed to ping database error="failed to connect to `host=db user=app database=shop`: dial error (dial tcp 10.96.0.7:5432: connect: connection refused)"',
  ],
  [
    'unavailable',
    'etcd-0:2379',
    '{"level":"warn","msg":"failed to reach endpoint","endpoint":"etcd-0:2379","error":"failed to connect to etcd-0:2379"}',
  ],
  [
    'unavailable',
    'vault:8200',
    'Error checking seal status: Get "https://vault:8200/v1/sys/seal-status": could not connect to vault',
  ],

  [
    'unavailable',
    'bootstrap.kafka:9092',
    '% ERROR: Local: Broker transport failure: bootstrap.kafka:9092/bootstrap: Receive failed: Disconnected',
  ],
  [
    'unavailable',
    '192.168.49.2:9094',
    '[Consumer clientId=c1-0, groupId=default] Group coordinator 192.168.49.2:9094 (id: 2147483647 rack: null) is unavailable or invalid due to cause: coordinator unavailable.isDisconnected: true. Rediscovery will be attempted.',
  ],
  [
    'reset',
    'rabbitmq.shop.svc:5672',
    'RabbitMQ connection was closed! {:url=>"amqp://app:XXXXXX@rabbitmq.shop.svc:5672/", :automatic_recovery=>false, :cause=>com.rabbitmq.client.ShutdownSignalException: connection error}',
  ],
  [
    'credentials',
    undefined,
    '2026-05-01T14:00:00.003Z [MASTER] error: Database Connection Error: 28P01 undefined:undefined',
  ],
  ['unavailable', undefined, 'redis: all sentinels specified in configuration are unreachable'],
  [
    'refused',
    '10.233.28.55:3306',
    'E0501 14:00:00.481923       1 mysql.go:62] Ping to Katib db failed: dial tcp 10.233.28.55:3306: connect: connection refused',
  ],
  [
    'unavailable',
    undefined,
    "2026-05-01 14:00:00,445 WARN  [io.agr.pool] (agroal-11) Datasource '<default>': The connection attempt failed.",
  ],
];
