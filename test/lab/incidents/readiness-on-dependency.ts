/** Incident 5: readiness asks the database, a migration holds a lock, and pods that could serve leave rotation. */
import { readyEndpoints } from '../breaking/rollouts.ts';
import type { Kube, KubeObject } from '../kube.ts';
import { until } from '../run.ts';
import { deployment, logged, rolledOut, type Incident, type Note, type Played } from './incident.ts';

const APP = 'orders';
const DATABASE = 'orders-db';

export const readinessOnDependency: Incident = {
  name: 'readiness-on-dependency',
  title: 'The readiness probe that waited for a lock',
  about:
    'The readiness probe of orders asks the database, with a time-out of 30 s and a period of 10 s. A migration takes a ' +
    'lock on the table and keeps it; the probe hangs, three times over, and every pod leaves rotation, though each of ' +
    'them goes on answering `/` as well as ever. The database is a stand-in: it answers one line a connection, and a ' +
    'statement that begins with ALTER locks everybody else out for as long as its session lives.',
  play,
};

async function play(kube: Kube, namespace: string, note: (text: string) => Note): Promise<Played> {
  await kube.apply([database(namespace), service(namespace, DATABASE, 5432)]);
  await rolledOut(kube, namespace, DATABASE);
  await kube.apply([orders(namespace), service(namespace, APP, 8080)]);
  await rolledOut(kube, namespace, APP);
  await until('two ready endpoints', 90_000, async () => (await readyEndpoints(kube, namespace, APP)) === 2);
  note(`Deployment ${APP} has two pods in rotation; their readiness probe asks Service ${DATABASE}.`);

  const migration = note(`Job migrate-${APP} starts: ALTER TABLE orders.`);
  await kube.apply(migrate(namespace));
  await until(
    'the lock to be held',
    60_000,
    async () => (await logged(kube, namespace, DATABASE, 'acquired')) > 0,
  );
  note('The migration holds its lock on the table.');
  await until(
    'no ready endpoint to be left',
    240_000,
    async () => (await readyEndpoints(kube, namespace, APP)) === 0,
  );
  note(`Three probes of 30 s have hung: Service ${APP} has no ready endpoint left.`);
  for (const pod of await kube.list({ kind: 'Pod', namespace, labelSelector: `app=${APP}` }))
    await kube.proxy(namespace, pod.metadata.name, 8080, '/');
  note('Both pods still answer / by their own address.');

  const of = `Deployment/${namespace}/${APP}`;
  const root = `pod/dependency-unreachable:${of}`;
  return {
    root,
    chain: [
      root,
      `pod/probe-misconfigured:${of}#hangs`,
      `pod/not-ready:${of}`,
      `service/no-endpoints:Service/${namespace}/${APP}`,
    ],
    since: migration.at,
  };
}

function service(namespace: string, name: string, targetPort: number): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: name === APP ? 80 : targetPort, targetPort }] },
  };
}

/** One session: what a real database logs of a lock (log_lock_waits), and what it does to those who wait. */
const SESSION = `#!/bin/sh
read -r statement || exit 0
case "$statement" in
  ALTER*)
    touch /tmp/locked
    echo "LOG:  process $$ acquired AccessExclusiveLock on relation 16384 of database 5" > /proc/1/fd/1
    while read -r more; do :; done
    rm -f /tmp/locked ;;
  *)
    seconds=0
    while [ -e /tmp/locked ]; do
      sleep 1
      seconds=$((seconds + 1))
      [ $seconds = 1 ] && echo "LOG:  process $$ still waiting for AccessShareLock on relation 16384 of database 5 after 1000.184 ms" > /proc/1/fd/1
    done
    echo ok ;;
esac
`;

function database(namespace: string): KubeObject {
  return deployment({
    name: DATABASE,
    namespace,
    replicas: 1,
    labels: { app: DATABASE },
    container: {
      command: [
        '/bin/sh',
        '-c',
        `cat > /tmp/session <<'END'\n${SESSION}END\nchmod +x /tmp/session\n` +
          'echo "LOG:  database system is ready to accept connections"\nexec nc -ll -p 5432 -e /tmp/session\n',
      ],
      ports: [{ containerPort: 5432 }],
      readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 2 },
    },
  });
}

/** Serves `/` by itself and `/cgi-bin/ready` after a query without a time-out; imports with one of five seconds. */
const SERVE = `
host=\${DATABASE_ADDR%:*}
mkdir -p /tmp/www/cgi-bin
echo "orders at your service" > /tmp/www/index.html
cat > /tmp/www/cgi-bin/ready <<END
#!/bin/sh
answer=\\$(echo "SELECT 1 FROM orders" | nc $host 5432)
printf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' "\\$answer"
END
chmod +x /tmp/www/cgi-bin/ready
while sleep 10; do
  echo "SELECT next FROM orders" | timeout 5 nc $host 5432 > /dev/null ||
    echo "ERROR import: query on $DATABASE_ADDR timed out after 5s"
done &
echo "INFO orders listens on 8080"
exec httpd -f -p 8080 -h /tmp/www
`;

function orders(namespace: string): KubeObject {
  return deployment({
    name: APP,
    namespace,
    replicas: 2,
    labels: { app: APP },
    container: {
      env: [{ name: 'DATABASE_ADDR', value: `${DATABASE}.${namespace}.svc.cluster.local:5432` }],
      command: ['/bin/sh', '-c', SERVE],
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: {
        httpGet: { path: '/cgi-bin/ready', port: 'http' },
        timeoutSeconds: 30,
        periodSeconds: 10,
      },
      livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 10 },
    },
  });
}

function migrate(namespace: string): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `migrate-${APP}`, namespace },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels: { app: `migrate-${APP}` } },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'migrate',
              image: 'lab/agnhost:1',
              imagePullPolicy: 'Never',
              command: [
                '/bin/sh',
                '-c',
                'echo "INFO ALTER TABLE orders ADD COLUMN region text"; ' +
                  `(echo "ALTER TABLE orders ADD COLUMN region text"; sleep 3600) | nc ${DATABASE}.${namespace}.svc.cluster.local 5432`,
              ],
            },
          ],
        },
      },
    },
  };
}
