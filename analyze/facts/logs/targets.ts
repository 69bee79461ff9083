/** Which host and port a line about a failing dependency names: by the forms of drivers, then by what looks like an address. */

const NAME = String.raw`[a-z0-9][\w-]*(?:\.[\w-]+)*`;
const IP6 = String.raw`[0-9a-f]*:[0-9a-f:.]+`;
const PORT = String.raw`\d{2,5}`;

/** A pattern in which `NAME`, `IP6` and `PORT` stand for theirs. */
function form(source: string): RegExp {
  return new RegExp(source.replaceAll('NAME', NAME).replaceAll('IP6', IP6).replaceAll('PORT', PORT), 'gi');
}

/**
 * The first that finds a host wins, so the order is from what the failure itself names (the name looked up, the address
 * dialled) to what merely stands in the line. Host and port are the first groups that took part.
 */
const FORMS: readonly RegExp[] = [
  // Go: the DNS server stands behind `on`, the own end before `->`.
  form('\\blookup (?!error:)(NAME)\\.?(?: on |:)'),
  form('dial (?:tcp|udp)[46]? (?:lookup )?(?:\\[(IP6)\\]|(NAME)):(PORT)'),
  form('->(?:\\[(IP6)\\]|(NAME)):(PORT)'),
  // Node.js
  form('\\bE(?:CONN\\w+|TIMEDOUT|HOSTUNREACH|NETUNREACH) (?:::ffff:)?(NAME|IP6):(PORT)\\b'),
  form('(?:ENOTFOUND|EAI_AGAIN) (NAME)(?::(PORT))?'),
  // Resolvers
  form("UnknownHostException: (?:failed to resolve )?'?(NAME)(?!\\w)"),
  form(
    `(?:could not translate host name |(?:failed to|could not|couldn't|can't|unable to) resolve (?:the )?(?:(?:host|hostname|address|server|name|domain):? )?)["']?(NAME)(?::(PORT))?`,
  ),
  form(
    `(?:getaddrinfo for|DNS (?:resolution|lookup) failed for|server can't find|server host|not found in upstream|bad address|target dns:)\\s*["']?(NAME)(?::(PORT))?(?= failed|[\\s"':,]|$)`,
  ),
  form('\\*\\d+ (NAME) could not be resolved'),
  form(
    '(?:^|\\s)[\\w-]+: (NAME): (?:Name or service not known|Name does not resolve|Temporary failure in name)',
  ),
  // nginx: the request and its host stand in the line, too.
  form('upstream: "\\w+://(?:\\[(IP6)\\]|(NAME))(?::(PORT))?'),
  // libpq, SQL Server, curl, nc, Ruby: a host, perhaps its address, and `port N`.
  form('on host "(NAME)"[^?]{0,80}? port (PORT)'),
  form('(?:\\b(?:at|to|for|host)) ["\'`]?(NAME)["\'`]?(?: \\([\\d.a-f:]+\\))?,? port (PORT)'),
  form('\\[(NAME)\\] (PORT) \\('),
  // Settings within the message: psycopg, pgx, MariaDB, requests, kafka-python.
  form('\\bhost=["\']?(NAME)(?::(PORT))?["\']?(?:[,)]? ?\\(?port=["\']?(PORT))?'),
  form('"host":\\s*"(NAME)",\\s*"port":\\s*"?(PORT)'),
  form('\\bHost: (NAME), Port: (PORT)'),
  // Java prints NAME/ADDRESS:PORT, or /ADDRESS:PORT.
  form('(?<![\\w.-])(NAME)/(?:<unresolved>|[\\d.]+):(PORT)\\b'),
  form('(?:^|[\\s:(\\[])/([\\d.]+):(PORT)\\b'),
  form('/dev/tcp/(NAME)/(PORT)'),
  form("MySQL server on '(NAME)(?::(PORT))?'"),
  form('server at `(NAME)`(?::`(PORT)`)?'),
  // A URL, save one that explains the error.
  form(
    `(?<!(?:\\bsee|error at:|visit|refer to) )\\b[a-z][a-z0-9+.-]{0,20}://(?:[^\\s/@"']*@)?(NAME)(?::(PORT))?(?![\\w@-])`,
  ),
  form('\\bipv[46][:#](NAME|\\[IP6\\]):(PORT)\\b'),
  form('(?:^|[^\\w./@:-])(?:\\[(IP6)\\]|(NAME)):(PORT)\\b(?!\\.?\\d|:\\d|-)'),
  form('\\w@(NAME):(PORT)\\b'),
  // Python's and Erlang's pairs; a socket's own end is no dependency.
  form(`(?<!laddr=)\\(["'](NAME|IP6)["'], (PORT)\\b`),
  form('\\{"(NAME)",(PORT)\\}'),
  form('host \\((NAME)\\)'),
  form('(?<!entry for )\\bhost ["\'`]?(NAME)["\'`]?(?=$|[:,;])'),
];

/** Words before a number: `status:503`, `took:1500`. */
const NO_NAME =
  /^(?:status|status_?code|code|errno|error|pid|tid|attempts?|retry|retries|took|timeout|id|elapsed|count|port|exit|line|duration|ms|size|len|length|version|max|min|total|limit|level|node|internal)$/i;
/** File names with a line, times, numbers and classes: `main.go:42`, `14:00`, `HikariPool:594`. */
const NO_HOST =
  /\.(?:go|py|rb|js|mjs|cjs|ts|jsx|tsx|java|kt|scala|rs|cs|php|c|cc|cpp|h|ex|exs|erl|conf|ya?ml|json|xml)$|^\d+$|^\d{4}-|(?:^|\.)[A-Z]\w*[a-z]\w*$|^0\.0\.0\.0$/;

/** `10.96.0.7:5432`, `db.shop`, `[fd00::7]:5432`; undefined where the line (its quotes plain) names no host. */
export function targetOf(text: string): string | undefined {
  for (const pattern of FORMS) {
    for (const match of text.matchAll(pattern)) {
      const [host, port] = match.slice(1).filter((group) => group !== undefined);
      if (host === undefined || NO_HOST.test(host) || (port !== undefined && NO_NAME.test(host))) continue;
      const named = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
      return port === undefined ? named : `${named}:${port}`;
    }
  }
  return undefined;
}

/** The host of a target, without brackets and port. */
export function hostOf(target: string): string {
  return target.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

/** Whether a target is the pod itself: its containers share their localhost (`127.0.0.1:5432`, `localhost`, `[::1]:80`). */
export function isLoopback(target: string): boolean {
  return /^(?:127\.[\d.]+|localhost|\[?::1\]?)$/.test(hostOf(target));
}
