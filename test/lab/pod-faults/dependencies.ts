/** Programs that cannot use what they depend on, inside the cluster and outside; and those whose trouble is over. */
import { agnhost, deployed, netexec, ports, service, shell, unready, type PodFault } from './fault.ts';
import { all, logged, ready } from './states.ts';

const UNREACHABLE = 'pod/dependency-unreachable:Deployment/NS/web';

/** Tries again and again, and says so; serves meanwhile. */
function tries(attempt: string, line: string): ReturnType<typeof shell> {
  const script = `(while true; do ${attempt} || echo "${line}"; sleep 4; done) & exec httpd -f -p 8080 -h /etc`;
  return { ...agnhost, ...ports(8080), ...shell(script) };
}

function web(attempt: string, line: string): PodFault['objects'] {
  return [service(8080), deployed(tries(attempt, line))];
}

export const dependencyFaults: readonly PodFault[] = [
  {
    name: 'an address outside that refuses',
    objects: web(
      'agnhost connect 172.30.0.1:5433 --timeout=2s >/dev/null 2>&1',
      'level=error msg=\\"sync failed\\" err=\\"dial tcp 172.30.0.1:5433: connect: connection refused\\"',
    ),
    roots: [UNREACHABLE],
    says: /172\.30\.0\.1:5433: it refuses/,
    state: logged(/refused/, 4),
  },
  {
    name: 'an address outside that has no route, and kills',
    objects: [
      service(8080),
      deployed({
        ...agnhost,
        ...ports(8080),
        ...unready,
        ...shell(
          'agnhost connect 203.0.113.7:5432 --timeout=2s >/dev/null 2>&1 || { echo "FATAL: dial tcp 203.0.113.7:5432: connect: no route to host"; exit 1; }; sleep 3600',
        ),
      }),
    ],
    roots: [UNREACHABLE],
    says: /203\.0\.113\.7:5432/,
    empties: true,
    state: async (kube, namespace) => {
      const [pod] = await kube.list({ kind: 'Pod', namespace });
      if (pod === undefined) return false;
      const status = pod['status'] as { containerStatuses?: Array<{ restartCount: number }> } | undefined;
      return (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2;
    },
  },
  {
    name: 'a name outside that does not resolve',
    objects: web('nslookup db.example.org. >/dev/null 2>&1', 'Error: getaddrinfo ENOTFOUND db.example.org'),
    unexplained: [UNREACHABLE],
    says: /db\.example\.org: it does not resolve/,
    state: logged(/ENOTFOUND/, 4),
  },
  {
    name: 'a database that turns the password down',
    objects: [
      service(5432, 'db', 5432),
      deployed(
        { ...agnhost, args: ['netexec', '--http-port=5432', '--udp-port=-1'], ...ports(5432) },
        { name: 'db' },
      ),
      ...web(
        'false',
        'psql: error: connection to server at \\"db\\" (10.96.0.9), port 5432 failed: FATAL: password authentication failed for user \\"shop\\"',
      ),
    ],
    roots: [UNREACHABLE],
    says: /db:5432: it turns its credentials down/,
    state: logged(/password/, 4),
  },
  {
    name: 'a Service inside that keeps silent',
    objects: [
      service(5432, 'db', 5432),
      deployed({ ...shell('while true; do nc -l -p 5432 >/dev/null; done'), ...ports(5432) }, { name: 'db' }),
      ...web('sleep 3 | timeout 4 nc db 5432; false', 'ERROR read tcp db:5432: i/o timeout'),
    ],
    unexplained: [UNREACHABLE],
    says: /db:5432: it does not answer in time/,
    state: logged(/timeout/, 4),
  },
  {
    name: 'one retry while the dependency restarted',
    objects: [
      service(8080),
      deployed({
        ...agnhost,
        ...ports(8080),
        ...shell(
          'echo "ERROR dial tcp 172.30.0.1:5433: connect: connection refused"; sleep 1; echo "INFO connected to cache:6379"; (while true; do echo "INFO GET /orders 200"; sleep 2; done) & exec httpd -f -p 8080 -h /etc',
        ),
      }),
    ],
    near: ['pod/dependency-unreachable'],
    state: all(ready, logged(/200/, 4)),
  },
  {
    name: 'many retries, long over',
    objects: [
      service(8080),
      deployed({
        ...agnhost,
        ...ports(8080),
        ...shell(
          'for i in 1 2 3 4 5 6; do echo "ERROR dial tcp 172.30.0.1:5433: connect: connection refused"; done; (while true; do echo "INFO GET /orders 200"; sleep 2; done) & exec httpd -f -p 8080 -h /etc',
        ),
      }),
    ],
    near: ['pod/dependency-unreachable'],
    state: all(ready, logged(/200/, 12)),
  },
  {
    name: 'clients of its own that go away',
    objects: [
      service(8080),
      deployed({
        ...agnhost,
        ...ports(8080),
        ...shell(
          '(while true; do echo "http: TLS handshake error from 10.244.0.7:51234: read: connection reset by peer"; sleep 3; done) & exec agnhost netexec --http-port=8080 --udp-port=-1',
        ),
      }),
    ],
    near: ['pod/dependency-unreachable'],
    state: all(ready, logged(/reset/, 4)),
  },
  {
    name: 'a server that serves, beside all of these',
    objects: [service(8080), deployed({ ...netexec, ...ports(8080) })],
    near: ['pod/dependency-unreachable', 'pod/no-readiness-probe', 'pod/image-pull'],
  },
];
