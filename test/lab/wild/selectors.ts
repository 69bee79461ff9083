/** Services that take other pods than they mean, and what hangs on them. */
import { webServer } from '../incidents/incident.ts';
import { environment, server, service, type Container, type WildFault } from './making.ts';

/** Dies when its upstream does not answer, else serves. */
function needs(upstream: string): Container {
  const said = `fatal: cannot reach http://${upstream}: connect ECONNREFUSED ${upstream}:80`;
  const script = `sleep 2; nc -w 2 ${upstream} 80 </dev/null || { echo "${said}"; exit 1; }; exec agnhost netexec`;
  return {
    ...environment({ UPSTREAM: `http://${upstream}:80` }),
    command: ['/bin/sh', '-c', script],
  };
}

export const SELECTORS: readonly WildFault[] = [
  {
    name: 'a release that was renamed, in a Service called like its Deployment',
    roots: ['service/selector-mismatch:Service/NS/web'],
    joined: [['service/no-endpoints:Service/NS/web', 'service/selector-mismatch:Service/NS/web']],
    async make(kube, namespace) {
      await kube.apply([
        service('web', namespace, { selector: { app: 'web', release: 'prod' } }),
        server('web', namespace, webServer, { app: 'web', release: 'production' }),
      ]);
    },
  },
  {
    name: 'a cache that the labels of a Service take in, which refuses its port and answers its own',
    roots: ['service/selector-too-broad:Service/NS/shop'],
    async make(kube, namespace) {
      const redis = {
        args: ['netexec', '--http-port=6379', '--udp-port=-1'],
        ports: [{ containerPort: 6379 }],
      };
      await kube.apply([
        service('shop', namespace, {}),
        server('web', namespace, webServer, { app: 'shop', tier: 'web' }),
        server('redis', namespace, redis, { app: 'shop', tier: 'cache' }),
      ]);
    },
  },
  {
    name: 'four Services in a chain that die one after the other, for the selector of the last',
    roots: ['service/selector-mismatch:Service/NS/d'],
    joined: [
      ['pod/crash-loop:Deployment/NS/c', 'pod/dependency-unreachable:Deployment/NS/c'],
      // One that dies again and again is Ready in between: when its Service was emptied last says little.
      ['pod/dependency-unreachable:Deployment/NS/b', 'pod/crash-loop:Deployment/NS/c'],
      ['pod/dependency-unreachable:Deployment/NS/a', 'pod/crash-loop:Deployment/NS/b'],
    ],
    async make(kube, namespace) {
      await kube.apply([
        service('d', namespace, { selector: { app: 'dd' } }),
        server('d', namespace),
        ...['cd', 'bc', 'ab'].flatMap(([name = '', upstream = '']) => [
          service(name, namespace, {}),
          server(name, namespace, needs(upstream)),
        ]),
      ]);
    },
  },
];
