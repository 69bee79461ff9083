/** The words in which programs say how a dependency fails: errno's texts, the drivers' own, those of servers handed on. */

/**
 * `unavailable`: it could not be reached, and the line does not say why. `protocol`: what answers speaks another one.
 * `rejected`: it was reached and takes no more, or is not ready. `waiting`: an init container waits for it.
 */
export type DependencyWay =
  | 'refused'
  | 'locked'
  | 'timeout'
  | 'dns'
  | 'credentials'
  | 'database'
  | 'tls'
  | 'protocol'
  | 'reset'
  | 'unreachable'
  | 'rejected'
  | 'unavailable'
  | 'waiting';

/**
 * A session that waits for another's lock: PostgreSQL (log_lock_waits, lock_timeout, NOWAIT), MySQL error 1205, SQL Server
 * error 1222, Oracle ORA-00054 and ORA-30006; the locks of migrations that a killed one leaves behind (Liquibase, Rails, Prisma,
 * golang-migrate, Knex). Said by the database or handed on by its client: it was reached.
 */
export const LOCKED =
  /still waiting for \w*Lock on |canceling statement due to lock timeout|could not obtain lock on |Lock wait timeout exceeded|Lock request time out period exceeded|ORA-00054|ORA-30006|waiting for (?:a |table |table metadata |metadata |changelog )?lock|acquire change log lock|another migration process is currently running|acquire a postgres advisory lock|can't acquire database lock|Migration table is already locked/i;

/** The number of an errno of Linux as Python, Rust, nginx, mysql and pika write it: `[Errno 111]`, `os error 111`, `(111: …)`. */
function errno(...numbers: readonly number[]): RegExp {
  const any = numbers.join('|');
  return new RegExp(String.raw`\b(?:errno|os error|error:?)[ =](?:${any})\b|\((?:${any})[:)]`, 'i');
}

/**
 * The order matters: the reason nearest to the cause wins (`server selection timeout … Last error: connection refused` is a
 * refusal), a name that does not resolve is no time-out of its host, and what tells no reason at all comes last.
 */
export const WAYS: ReadonlyArray<readonly [DependencyWay, RegExp]> = [
  // Go: it is the DNS server that refuses or does not answer, not the host that was looked up.
  ['dns', /\blookup \S+ on \S+:53: |\blookup [^\s:]+: i\/o timeout/],
  // Kafka names credentials as one of three causes that it cannot tell apart.
  ['reset', /terminated during authentication/],
  [
    'tls',
    /x509: |certificate verify failed|SSL(?:Handshake|PeerUnverified)Exception|PKIX path|CERT_HAS_EXPIRED|SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET)_|ERR_TLS_|\btls: (?:failed|handshake|first record|protocol|unsupported|no )|remote error: tls: |wrong version number|error:? self.signed certificate|self.signed certificate in certificate chain|local issuer certificate|verify the first certificate|gave HTTP response to HTTPS client|malformed HTTP response "\\x1[4-7]\\x03/i,
  ],
  [
    'tls',
    /refused TLS connection|not support SSL|SSL is not enabled on|unrecognized SSL message|No subject alternative|Certificate(?:Expired|NotYetValid)Exception|SSL handshake failed|SslAuthenticationException|SSL certificate problem|remote certificate is invalid|certificate chain was issued by|SSL connection could not be established|establish a secure connection|invalid peer certificate|Caused by SSLError|exceptions\.SSLError|SSL routines:/i,
  ],
  [
    'protocol',
    /malformed HTTP (?:response|version|status code) "|error reading server preface|\bBadStatusLine\b|Parse Error: Expected HTTP\/|Packets out of order|Protocol error, got "/,
  ],
  [
    'credentials',
    /password authentication failed|no pg_hba\.conf entry|Access denied for user|is not allowed to connect to this M|NOAUTH|WRONGPASS|NOPERM|ERR AUTH |ERR invalid password|ACCESS[_-]REFUSED|username or password not allowed|no access to this vhost|failed SASL auth|Login failed for user|invalid username-password pair|ORA-01017|Authorization Violation|\b28P01\b|Authentication failed against|Exception authenticating Mongo|unable to authenticate user|failed authentication due to|Not authorized to access (?:topics|group)|role "[^"]*" does not exist|permission denied for (?:table|relation|schema|sequence|database|function|view)/i,
  ],
  // Who turned whom down is said by the driver's name: an application's own users fail to authenticate, too.
  [
    'credentials',
    /(?:\b(?:py)?mongo|\bkafka|\bsasl|\bredis|\bamqp|\bcassandra|\bdatastax|\belastic|\bnats\b).{0,200}?authenticat\w+ ?(?:failed|failure|error|required|exception)|AuthenticationFailed\b/i,
  ],
  [
    'database',
    /database ["'`][^"'`]*["'`] does not exist|no such database|Unknown database '|relation "[^"]*" does not exist|UNKNOWN_TOPIC_OR_PART|topic or partition that does not exist|not host this topic-partition|NOT_FOUND - no (?:queue|exchange|vhost)|no such vhost|vhost \S+ not found|Cannot open database "|ORA-12514|ORA-12505|could not find your database|\b3D000\b/i,
  ],
  ['dns', /\bnxdomain\b/],
  [
    'dns',
    /no such host|\bENOTFOUND\b|\bEAI_AGAIN\b|UnknownHostException|Name or service not known|Name does not resolve|Temporary failure in name resolution|could not translate host name|getaddrinfo|gaierror|nodename nor servname|server misbehaving|bad address '|nslookup: can't resolve|(?:could not|couldn't|cannot|can't|unable to|failed to) resolve (?:the )?(?:host|hostname|address|server|name|domain)\b|failed to resolve '[\w.-]+' (?:\[|after)|could not be resolved \(|failed to lookup address|NameResolutionError|name resolution failed|DNS (?:resolution|lookup) failed|Unknown MySQL server host|host not found in upstream|UnresolvedAddressException|No resolvable bootstrap|produced zero addresses|no servers could be reached|server can't find|ORA-12545|ORA-12154/i,
  ],
  // .NET shows EAI_AGAIN in the words of EAGAIN, before the name that it looked up.
  ['dns', /Resource temporarily unavailable \([\w.-]+:\d+\)/],
  ['refused', /connection ?refused|connection to \S+:\d+ refused|ECONNREFUSED|actively refused|ORA-12541/i],
  ['refused', errno(111)],
  // How a plain connect tool says it, as its whole answer.
  ['refused', /(?:^|[\s:])REFUSED\s*$/],
  ['unreachable', /no route to host|EHOSTUNREACH|ENETUNREACH|network is unreachable|NoRouteToHostException/i],
  ['unreachable', errno(101, 113)],
  ['locked', LOCKED],
  ['timeout', errno(110)],
  [
    'timeout',
    /i\/o timeout|ETIMEDOUT|UND_ERR_\w+_TIMEOUT|context deadline exceeded|DEADLINE_EXCEEDED|Client\.Timeout exceeded|HttpClient\.Timeout of|TLS handshake timeout|timeout expired|execution expired|PoolTimedOut|pool has been exhausted|could not obtain a connection from the pool|server selection timeout|request timed out$|request was dropped from queue|(?:^|: )TIMEOUT\s*$/i,
  ],
  // An event, never a setting (`connection-timeout=30000`): the past tense behind what was done, or a sentence that ends.
  [
    'timeout',
    /\b(?:connect\w*|dial\w*|pool|query|read|recv\(\)|server selection|buffering|upstream|download|handshake|operation)\b.{0,100}?\btimed[ -]out\b|:\d{2,5}: timed out\b|timed out after \d+ ?ms while waiting|timeout of \d+ ?ms exceeded|timeout (?:connecting|reading|performing|occurred|exceeded when)|network timeout at|Connect Timeout Error|\b(?:connection|connect|read|pool|socket) timeout["']?(?=$|,)/i,
  ],
  // Names of exceptions; a name of the kind with a number behind it is a setting.
  [
    'timeout',
    /(?:errors\.|(?:Connect|Connection|Read|Socket|Http|Query|Command|Pool|Network|Headers|Body|Request|Selection|Acquire|Operation|Resource|Server|Client|Statement|Lock|Redis|Mongo|Kafka)\w{0,20})Timeout(?:Error|Exception)\b|[.:](?:Connect|Read|Write|Pool|Open|Network)Timeout(?=$|: \D| with)/,
  ],
  [
    'reset',
    /socket hang up|server closed the connection|SSL SYSCALL error|Remote end closed connection|'Connection aborted\.'|Server disconnected|Connection closed by server|Connection terminated unexpectedly|Connection lost: |Lost connection to MySQL|server has gone away|Socket closed (?:unexpectedly|abruptly)|other side closed|prematurely closed|Empty reply from server|closed before (?:message completed|server preface)|error occurred while sending to the backend|driver: bad connection|\[mysql\] .{0,80}EOF|CONNECTION[_-]FORCED|ShutdownSignalException: connection error|terminating connection due to|connection \d+ to \S+ closed|"https?:\/\/[^"\s]+": (?:unexpected )?EOF/i,
  ],
  [
    'rejected',
    /too many connections|too many clients|remaining connection slots|max_client_conn|MISCONF|READONLY You can't write|write against a read only replica|LOADING Redis|Redis is loading|CLUSTERDOWN|MASTERDOWN|NOT_LEADER|LEADER_NOT_AVAILABLE|Leader Not Available|no leader for this|max number of clients|OOM command not allowed|database system is (?:starting|shutting|in recovery)|not yet accepting connections|\b57P03\b|many connection errors; unblock|Vault is sealed|etcdserver: (?:no leader|too many requests|mvcc: database space)|:\d+ - rejecting connections|circuit_breaking_exception|Not ?enough replicas|fewer in-sync replicas|es_rejected_execution/i,
  ],
  [
    'unavailable',
    /Bootstrap broker \S+ .{0,40}disconnected|run out of available brokers|Broker transport failure|oordinator \S+ .{0,40}is unavailable|all sentinels specified|KeeperErrorCode = ConnectionLoss|Can't contact LDAP server|brokers are down|NoBrokersAvailable|no servers available for|no hosts available|no Elasticsearch node|None of the (?:configured nodes|specified endpoints)|NoHostAvailable|Could not reach any contact point|no living connections|Communications link failure|connection attempt failed|create connection to database server|could not establish the connection|could not be established|(?:failed|unable) to connect to|(?:can't|cannot|could ?n[o']t) connect to|can't reach database server|error connecting to|error sending request for url|TCP\/IP connection to the host|AMQPConnectionError|network-related or instance-specific|UnableToConnect on|Could not establish TCP|max retries per request|refresh slots cache|because: connect failed|All connection attempts failed|while connecting to server|no live upstreams|:\d+ - no response$|server login has been failing/i,
  ],
];

/** What both ends of a connection may say: of a dependency only where the line names whom it talked to. */
export const CUT = /connection reset by peer|ECONNRESET|broken pipe|\bEPIPE\b/i;
