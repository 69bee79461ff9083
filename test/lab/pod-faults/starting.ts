/** Pods that never start: no image, no configuration; and those that lack nothing they need. */
import { deployed, netexec, ports, service, shell, unready, type Made, type PodFault } from './fault.ts';
import type { KubeObject } from '../kube.ts';
import { said, waitsFor } from './states.ts';

const IMAGE = 'pod/image-pull:Deployment/NS/web';
const CONFIG = 'pod/config-missing:Deployment/NS/web';

function pulls(name: string, image: string, imagePullPolicy: string, says: RegExp): PodFault {
  return {
    name,
    objects: [service(8080), deployed({ ...netexec, image, imagePullPolicy, ...ports(8080) })],
    roots: [IMAGE],
    says,
    empties: true,
  };
}

function lacks(
  name: string,
  container: object,
  says: RegExp,
  beside: readonly KubeObject[] = [],
  made: Made = {},
): PodFault {
  return {
    name,
    objects: [...beside, service(8080), deployed({ ...netexec, ...ports(8080), ...container }, made)],
    roots: [CONFIG],
    says,
    empties: true,
  };
}

function variable(ref: object): object {
  return { env: [{ name: 'MODE', valueFrom: ref }] };
}

function configMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { mode: 'fast' } };
}

function secret(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { password: 'hunter2' } };
}

const mounted = { volumeMounts: [{ name: 'settings', mountPath: '/settings' }] };

export const startingFaults: readonly PodFault[] = [
  pulls('an image that is not on the node, policy Never', 'lab/absent:1', 'Never', /pull policy is Never/),
  pulls(
    'an image of a registry that cannot be reached',
    'registry.example.org/shop/web:1',
    'IfNotPresent',
    /Image registry\.example\.org\/shop\/web:1 .* cannot be pulled: the registry/,
  ),
  pulls(
    'an image of a registry at an address that refuses',
    '127.0.0.1:9/shop/web:1',
    'Always',
    /127\.0\.0\.1:9\/shop\/web:1 .* the registry cannot be reached/,
  ),
  pulls('an image whose name is none', 'lab/WEB:1', 'IfNotPresent', /its name is none/),
  {
    name: 'an image that is there, policy IfNotPresent',
    objects: [service(8080), deployed({ ...netexec, imagePullPolicy: 'IfNotPresent', ...ports(8080) })],
    near: ['pod/image-pull'],
  },
  lacks(
    'a ConfigMap that is not there, and one that is nearly called so',
    { envFrom: [{ configMapRef: { name: 'web-setings' } }] },
    /ConfigMap .*web-setings.*web-settings/,
    [configMap('web-settings')],
  ),
  lacks(
    'a key that a ConfigMap does not have',
    variable({ configMapKeyRef: { name: 'web-settings', key: 'Mode' } }),
    /Mode/,
    [configMap('web-settings')],
  ),
  lacks(
    'a Secret that is not there',
    variable({ secretKeyRef: { name: 'db', key: 'password' } }),
    /Secret .*db/,
  ),
  lacks(
    'a key that a Secret does not have',
    variable({ secretKeyRef: { name: 'db', key: 'PASSWORD' } }),
    /PASSWORD/,
    [secret('db')],
  ),
  lacks('a volume of a ConfigMap that is not there', mounted, /ConfigMap .*web-settings/, [], {
    spec: { volumes: [{ name: 'settings', configMap: { name: 'web-settings' } }] },
  }),
  lacks('a volume of a key that a Secret does not have', mounted, /tls\.key/, [secret('db')], {
    spec: {
      volumes: [{ name: 'settings', secret: { secretName: 'db', items: [{ key: 'tls.key', path: 'key' }] } }],
    },
  }),
  {
    name: 'what is not there and need not be',
    objects: [
      service(8080),
      deployed(
        {
          ...netexec,
          ...ports(8080),
          ...mounted,
          ...variable({ secretKeyRef: { name: 'db', key: 'password', optional: true } }),
          envFrom: [{ configMapRef: { name: 'web-settings', optional: true } }],
        },
        { spec: { volumes: [{ name: 'settings', configMap: { name: 'more', optional: true } }] } },
      ),
    ],
    near: ['pod/config-missing'],
  },
  {
    name: 'a ConfigMap that came late',
    objects: [
      service(8080),
      deployed({ ...netexec, ...ports(8080), envFrom: [{ configMapRef: { name: 'web-settings' } }] }),
      configMap('web-settings'),
    ],
    near: ['pod/config-missing', 'pod/crash-loop'],
  },
  {
    name: 'an image that runs as root where that is forbidden, beside a hostPath that is not there',
    objects: [
      service(8080),
      deployed({ ...netexec, ...ports(8080) }, { spec: { securityContext: { runAsNonRoot: true } } }),
      deployed(
        { ...netexec, ...mounted },
        {
          name: 'files',
          spec: {
            volumes: [{ name: 'settings', hostPath: { path: '/opt/is/not/there', type: 'Directory' } }],
          },
        },
      ),
    ],
    roots: ['pod/not-started:Deployment/NS/web', 'pod/not-started:Deployment/NS/files'],
    empties: true,
    state: async (kube, namespace) =>
      (await waitsFor('CreateContainerConfigError')(kube, namespace)) &&
      (await said('FailedMount')(kube, namespace)),
  },
  {
    name: 'a quota that has room, and a hostPath that is made',
    objects: [
      { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'room' }, spec: { hard: { pods: '5' } } },
      service(8080),
      deployed(
        { ...netexec, ...ports(8080), ...mounted },
        { spec: { volumes: [{ name: 'settings', hostPath: { path: '/tmp', type: 'Directory' } }] } },
      ),
    ],
    near: ['pod/not-started', 'pod/not-created', 'platform/quota'],
  },
  {
    name: 'an image that is there, and a program that is not',
    objects: [service(8080), deployed({ ...shell('exec /app/serve'), ...ports(8080), ...unready })],
    roots: ['pod/crash-loop:Deployment/NS/web'],
    near: ['pod/image-pull', 'pod/config-missing'],
    empties: true,
  },
];
