/** Containers that die, each with its own reason, and those that died long ago or once. */
import { agnhost, deployed, get, netexec, ports, service, shell, unready, type PodFault } from './fault.ts';

const CRASH = 'pod/crash-loop:Deployment/NS/web';

/** A container that dies each time it is started. */
function dies(name: string, container: object, says: RegExp, more: Partial<PodFault> = {}): PodFault {
  return {
    name,
    objects: [service(8080), deployed({ ...ports(8080), ...unready, ...container })],
    roots: [CRASH],
    says,
    empties: true,
    ...more,
  };
}

const PANIC = `INFO starting
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a1b2c]

goroutine 1 [running]:
main.(*Server).Start(0x0)
	/src/server.go:41 +0x1c
main.main()
	/src/main.go:17 +0x2f`;

const TRACEBACK = `Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    import requests
ModuleNotFoundError: No module named 'requests'`;

export const crashFaults: readonly PodFault[] = [
  dies('a file that is missing', shell('exec cat /etc/app/config.yaml'), /config\.yaml/),
  dies(
    'a file that may not be written',
    { ...shell('echo x > /etc/app.pid'), securityContext: { runAsUser: 1000 } },
    /ermission/,
  ),
  dies('a panic', shell(`echo '${PANIC}' >&2; exit 2`), /panic: runtime error: invalid memory address/),
  dies(
    'an exception',
    shell(`echo "${TRACEBACK.replaceAll('"', '\\"')}" >&2; exit 1`),
    /No module named 'requests'/,
  ),
  dies('a command that is not found, 127', shell('serve-all --port 8080'), /127/),
  dies('a command that cannot be run, 126', shell('/etc/passwd'), /126/),
  dies('a segmentation fault, 139', shell('kill -SEGV $$; exit 139'), /SIGSEGV/),
  dies('an exit that is none', shell('echo "INFO all done"; exit 0'), /exit code 0/),
  dies('a program that the image lacks', { command: ['/app/serve'] }, /\/app\/serve/),
  {
    name: 'a port that is taken',
    objects: [
      service(8080),
      deployed({ ...netexec, ...ports(8080) }, { sidecars: [{ name: 'second', ...netexec }] }),
    ],
    roots: [CRASH],
    says: /address already in use|port/,
  },
  {
    name: 'a Service that refuses, and why',
    objects: [
      service(5432, 'db', 5432),
      deployed({ ...shell('cat /etc/postgres/postgresql.conf'), ...unready }, { name: 'db' }),
      service(8080),
      deployed({
        ...agnhost,
        ...ports(8080),
        ...unready,
        ...shell(
          'out=$(agnhost connect db:5432 --timeout=2s 2>&1) || { echo "FATAL could not connect to db:5432: $out"; exit 1; }; sleep 3600',
        ),
      }),
    ],
    roots: ['pod/crash-loop:Deployment/NS/db'],
    says: /postgresql\.conf/,
  },
  {
    name: 'killed for its memory',
    objects: [
      service(8080),
      deployed({ command: ['tail', '/dev/zero'], resources: { limits: { memory: '20Mi' } }, ...ports(8080) }),
    ],
    roots: ['pod/oom-killed:Deployment/NS/web'],
    says: /20Mi/,
  },
  {
    name: 'killed for its memory, a child of the shell',
    objects: [
      service(8080),
      deployed({
        ...shell('echo "INFO working"; tail /dev/zero; code=$?; echo "worker ended with $code"; exit $code'),
        resources: { limits: { memory: '20Mi' } },
        ...ports(8080),
      }),
    ],
    roots: ['pod/oom-killed:Deployment/NS/web'],
  },
  {
    name: 'killed by its liveness probe (143)',
    objects: [
      service(8080),
      deployed({ ...netexec, ...ports(8080), livenessProbe: get('/echo?code=404', 8080) }),
    ],
    roots: ['pod/probe-misconfigured:Deployment/NS/web'],
  },
  {
    name: 'one restart, after which it runs',
    near: ['pod/crash-loop', 'pod/no-readiness-probe'],
    objects: [
      service(8080),
      deployed(
        {
          ...shell(
            'if [ -e /state/seen ]; then exec httpd -f -p 8080 -h /etc; fi; touch /state/seen; exit 1',
          ),
          ...ports(8080),
          readinessProbe: get('/hostname', 8080),
          volumeMounts: [{ name: 'state', mountPath: '/state' }],
        },
        { spec: { volumes: [{ name: 'state', emptyDir: {} }] } },
      ),
    ],
  },
  {
    name: 'a restart without a readiness probe',
    objects: [
      service(8080),
      deployed(
        {
          ...shell(
            'if [ -e /state/seen ]; then exec httpd -f -p 8080 -h /etc; fi; touch /state/seen; exit 1',
          ),
          ...ports(8080),
          volumeMounts: [{ name: 'state', mountPath: '/state' }],
        },
        { spec: { volumes: [{ name: 'state', emptyDir: {} }] } },
      ),
    ],
    advice: ['pod/no-readiness-probe:Deployment/NS/web'],
  },
];
