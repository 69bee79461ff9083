/** Probes that ask the wrong thing, or too early, or for too short a time; and those that fail because the program does. */
import { certificate } from './certificate.ts';
import {
  agnhost,
  deployed,
  get,
  netexec,
  netexecArgs,
  patient,
  ports,
  quick,
  service,
  shell,
  type Container,
  type PodFault,
} from './fault.ts';
import { logged, restarted, running, said } from './states.ts';

const PROBE = 'pod/probe-misconfigured:Deployment/NS/web';
const NOT_READY = 'pod/not-ready:Deployment/NS/web';
const served = { ...netexec, ...ports(8080) };
const grpcServer = { ...agnhost, args: ['grpc-health-checking', '--port=5000', '--http-port=8081'] };

/** A pod that is never Ready, or dies again and again, for what its probe asks. */
function wrong(name: string, container: Container, says: RegExp, more: Partial<PodFault> = {}): PodFault {
  return {
    name,
    objects: [service(8080), deployed(container)],
    roots: [PROBE],
    says,
    empties: true,
    ...more,
  };
}

/** Starts to listen after this long. */
function slow(seconds: number): ReturnType<typeof shell> {
  return shell(`echo "INFO loading the model"; sleep ${seconds}; exec httpd -f -p 8080 -h /etc`);
}

/** Takes connections, one after the other, and says nothing. */
const silent = shell('while true; do nc -l -p 5432 >/dev/null; done');
const listens = { tcpSocket: { port: 8080 }, ...quick };

export const probeFaults: readonly PodFault[] = [
  wrong(
    'a readiness probe of a port on which nobody listens',
    { ...served, readinessProbe: get('/hostname', 9999) },
    /port 9999, where nobody listens/,
  ),
  wrong(
    'a liveness probe of a port on which nobody listens',
    {
      ...served,
      livenessProbe: { ...listens, tcpSocket: { port: 9999 } },
      readinessProbe: get('/hostname', 8080),
    },
    /port 9999, where nobody listens/,
    { state: restarted(2), empties: false },
  ),
  wrong(
    'a path that is not there (404)',
    { ...shell('exec httpd -f -p 8080 -h /etc'), ...ports(8080), readinessProbe: get('/healthz', 8080) },
    /\/healthz on port 8080, which the program does not have/,
  ),
  wrong(
    'a path that wants credentials (401)',
    { ...served, readinessProbe: get('/echo?code=401', 8080) },
    /wants credentials/,
  ),
  {
    name: 'plain HTTP to a port that speaks TLS',
    async first(kube, namespace) {
      const stringData = await certificate('web');
      await kube.apply(
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls' }, stringData },
        { namespace },
      );
    },
    objects: [
      service(8080),
      deployed(
        {
          ...agnhost,
          ...ports(8080),
          args: [...netexecArgs, '--tls-cert-file=/tls/tls.crt', '--tls-private-key-file=/tls/tls.key'],
          volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
          readinessProbe: get('/hostname', 8080),
        },
        { spec: { volumes: [{ name: 'tls', secret: { secretName: 'tls' } }] } },
      ),
    ],
    roots: [PROBE],
    says: /plain HTTP to port 8080, which wants TLS/,
    empties: true,
  },
  wrong(
    'HTTPS to a port that speaks plain HTTP',
    { ...served, readinessProbe: get('/hostname', 8080, { scheme: 'HTTPS' }) },
    /HTTPS to a port that answers in plain HTTP/,
  ),
  wrong(
    'a readiness time-out shorter than the answer',
    { ...served, readinessProbe: get('/shell?cmd=sleep+3', 8080, { timeoutSeconds: 1 }) },
    /waits 1 s \(timeoutSeconds\) for an answer that takes/,
  ),
  wrong(
    // A busy machine kills it before its port is open, and then that is what is said.
    'a liveness time-out shorter than the answer',
    { ...served, livenessProbe: get('/shell?cmd=sleep+3', 8080, { timeoutSeconds: 1 }) },
    /answer/,
    { state: restarted(2), empties: false },
  ),
  wrong(
    'a slow starter that its liveness probe kills',
    { ...slow(90), ...ports(8080), readinessProbe: listens, livenessProbe: listens },
    /there is no startup probe/,
    { state: restarted(2) },
  ),
  wrong(
    'a startup probe that is too short',
    {
      ...slow(90),
      ...ports(8080),
      startupProbe: { ...listens, failureThreshold: 3 },
      readinessProbe: listens,
      livenessProbe: listens,
    },
    /too little time in its startup probe/,
    { state: restarted(2) },
  ),
  {
    name: 'a readiness probe that hangs on what the program depends on',
    objects: [
      service(8080),
      deployed({
        ...served,
        readinessProbe: get('/shell?cmd=sleep+120', 8080, { timeoutSeconds: 2 }),
        livenessProbe: get('/hostname', 8080, patient),
      }),
    ],
    roots: [`${PROBE}#hangs`],
    says: /passes its liveness probe/,
    empties: true,
  },
  {
    name: 'a readiness probe that hangs on a database that keeps silent',
    objects: [
      service(5432, 'db', 5432),
      deployed({ ...silent, ...ports(5432) }, { name: 'db' }),
      service(8080),
      deployed({
        ...agnhost,
        ...shell(
          '(while true; do sleep 3 | timeout 4 nc db 5432; echo "WARN query to db:5432 timed out"; done) & ' +
            'exec agnhost netexec --http-port=8080 --udp-port=-1',
        ),
        ...ports(8080),
        readinessProbe: get('/shell?cmd=sleep+120', 8080, { timeoutSeconds: 2, periodSeconds: 20 }),
        livenessProbe: get('/hostname', 8080, { ...patient, periodSeconds: 20 }),
      }),
    ],
    unexplained: ['pod/dependency-unreachable:Deployment/NS/web'],
    says: /db:5432/,
    empties: true,
    state: logged(/timed out/, 4),
  },
  wrong(
    'a readiness command that the image lacks',
    { ...served, readinessProbe: { exec: { command: ['/bin/grpc_health_probe', '-addr=:8080'] }, ...quick } },
    /runs \/bin\/grpc_health_probe, which its container does not have/,
  ),
  {
    name: 'a liveness command that the image lacks',
    objects: [
      service(8080),
      deployed({
        ...served,
        livenessProbe: { exec: { command: ['curl', '-f', 'http://localhost:8080/'] }, ...quick },
      }),
    ],
    advice: [PROBE],
    says: /runs curl, which its container does not have: it never fails/,
    state: said('Unhealthy', 2),
  },
  wrong(
    'a liveness script that calls what the image lacks',
    {
      ...served,
      livenessProbe: { exec: { command: ['sh', '-c', 'curl -fs http://localhost:8080/'] }, ...quick },
      readinessProbe: get('/hostname', 8080),
    },
    /calls curl, which its container does not have/,
    { state: restarted(2), empties: false },
  ),
  wrong(
    'a script of the shell that calls what the image lacks',
    {
      ...served,
      readinessProbe: { exec: { command: ['sh', '-c', 'curl -fs http://localhost:8080/'] }, ...quick },
    },
    /calls curl, which its container does not have/,
  ),
  wrong(
    'gRPC to a server that speaks HTTP',
    {
      ...served,
      readinessProbe: { grpc: { port: 8080 }, ...quick },
      livenessProbe: get('/hostname', 8080, patient),
    },
    /asks by gRPC port 8080, which answers in plain HTTP/,
  ),
  wrong(
    'gRPC to a port that is named http',
    {
      ...netexec,
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { grpc: { port: 8080 }, ...quick },
    },
    /asks by gRPC port 8080, which is named http/,
  ),
  wrong(
    'HTTP to a server that speaks gRPC',
    { ...grpcServer, ...ports(5000), readinessProbe: get('/healthz', 5000) },
    /plain HTTP\/1 to port 5000, which speaks HTTP\/2/,
    {
      objects: [
        service(5000),
        deployed({ ...grpcServer, ...ports(5000), readinessProbe: get('/healthz', 5000) }),
      ],
    },
  ),
  wrong(
    'gRPC for a service that the server does not know',
    {
      ...grpcServer,
      ...ports(5000),
      readinessProbe: { grpc: { port: 5000, service: 'shop.Pay' }, ...quick },
    },
    /shop\.Pay/,
    {
      objects: [
        service(5000),
        deployed({
          ...grpcServer,
          ...ports(5000),
          readinessProbe: { grpc: { port: 5000, service: 'shop.Pay' }, ...quick },
        }),
      ],
    },
  ),
  {
    name: 'a program that says itself that it is unwell (500)',
    objects: [service(8080), deployed({ ...served, readinessProbe: get('/echo?code=500', 8080) })],
    unexplained: [NOT_READY],
    near: ['pod/probe-misconfigured'],
    empties: true,
    state: said('Unhealthy', 2),
  },
  {
    name: 'a gRPC server that says itself that it is unwell',
    objects: [
      service(5000),
      deployed({
        ...agnhost,
        args: [...grpcServer.args, '--delay-unhealthy-sec=0'],
        ...ports(5000),
        readinessProbe: { grpc: { port: 5000 }, ...quick },
      }),
    ],
    unexplained: [NOT_READY],
    near: ['pod/probe-misconfigured'],
    empties: true,
    state: said('Unhealthy', 2),
  },
  {
    name: 'a program that runs and listens nowhere',
    objects: [
      service(8080),
      deployed({ ...shell('echo "INFO up"; sleep 3600'), ...ports(8080), readinessProbe: listens }),
    ],
    unexplained: [NOT_READY],
    near: ['pod/probe-misconfigured', 'pod/loopback-bind', 'pod/wrong-port'],
    empties: true,
    state: said('Unhealthy', 2),
  },
  {
    name: 'a time-out longer than the period, which is legal',
    objects: [
      service(8080),
      deployed({
        ...served,
        readinessProbe: get('/shell?cmd=sleep+1', 8080, { periodSeconds: 1, timeoutSeconds: 15 }),
      }),
    ],
    near: ['pod/probe-misconfigured'],
  },
  {
    name: 'a slow starter whose startup probe waits',
    objects: [
      service(8080),
      deployed({
        ...slow(15),
        ...ports(8080),
        startupProbe: {
          tcpSocket: { port: 8080 },
          periodSeconds: 2,
          failureThreshold: 120,
          timeoutSeconds: 5,
        },
        readinessProbe: { tcpSocket: { port: 8080 }, ...patient },
        livenessProbe: { tcpSocket: { port: 8080 }, ...patient },
      }),
    ],
    near: ['pod/probe-misconfigured', 'pod/not-ready', 'pod/probe-flapping'],
  },
  {
    name: 'a slow starter, Ready later than its readiness probe allows for',
    objects: [service(8080), deployed({ ...slow(50), ...ports(8080), readinessProbe: listens })],
    near: ['pod/probe-flapping', 'pod/not-ready'],
  },
  {
    name: 'a slow starter that is still within its startup probe',
    objects: [
      service(8080),
      deployed({
        ...slow(3600),
        ...ports(8080),
        startupProbe: {
          tcpSocket: { port: 8080 },
          periodSeconds: 5,
          failureThreshold: 200,
          timeoutSeconds: 5,
        },
      }),
    ],
    near: ['pod/not-ready', 'pod/probe-misconfigured', 'pod/wrong-port'],
    state: running,
  },
];
