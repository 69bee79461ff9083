/** Faults of a mesh's own: its rules, and sidecars that do not come up or come late. */
import { deployed, get, netexec, ports, shell, type Container } from '../pod-faults/fault.ts';
import { all, logged, restarted, said, terminated } from '../pod-faults/states.ts';
import type { KubeObject } from '../kube.ts';
import { STRICT } from './peer-authentication.ts';
import { scene, type MeshFault } from './scene.ts';
import { PATIENT_PROBES } from './sidecar.ts';

const WEB = 'pod/mesh:Deployment/NS/web';
const CLIENT = 'pod/mesh:Deployment/NS/client';
const strict = { mtls: 'STRICT' } as const;
const fails = logged(/failed/, 6, 'client');
/** Envoy says so once it has tried for half a minute. */
const waits = logged(/gRPC config stream to xds-grpc closed/, 1, 'web', 'istio-proxy');
/** Nobody listens there. */
const NOBODY = '172.30.0.1';

/** Asks once, and dies of it when that is refused. */
const once: Container = shell(
  'echo "INFO asking web"; out=$(echo | nc -w 5 $WEB_SERVICE_HOST 80 2>&1) || { echo "ERROR GET http://web/ failed: $out"; exit 1; }; echo "INFO done"',
);

/** The pods of a Deployment as those of a Job that is not tried again. */
function asJob({ metadata, spec }: KubeObject): KubeObject {
  const { template } = spec as { readonly template: { readonly spec: object } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: metadata.name },
    spec: { backoffLimit: 0, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
  };
}

export const ruleFaults: readonly MeshFault[] = [
  scene({
    name: 'a client without a sidecar, cut off by a server that demands mutual TLS',
    inbound: strict,
    outbound: false,
    more: [STRICT],
    roots: [CLIENT],
    says: /in plain text.* has no sidecar/,
    state: fails,
  }),
  scene({
    name: 'a client whose sidecar sends plain text to a server that demands mutual TLS',
    inbound: strict,
    outbound: { mtls: false },
    roots: [CLIENT],
    says: /in plain text.* without TLS/,
    state: fails,
  }),
  scene({
    name: 'a sidecar that speaks TLS to a server without one',
    outbound: { mtls: true },
    roots: [CLIENT],
    says: /cannot agree on TLS with web\..*WRONG_VERSION_NUMBER/,
    state: fails,
  }),
  scene({
    name: 'a route that the mesh does not have',
    inbound: strict,
    outbound: { route: 'none' },
    roots: [CLIENT],
    says: /no way to web: .*NR/,
    state: fails,
  }),
  scene({
    name: 'a route to a cluster that the mesh does not have',
    inbound: strict,
    outbound: { route: 'lost' },
    roots: [CLIENT],
    says: /no way to web: .*NC/,
    state: fails,
  }),
];

export const startFaults: readonly MeshFault[] = [
  scene({
    name: 'a sidecar that never gets its configuration, beside a program that is well',
    inbound: strict,
    outbound: false,
    controlPlane: NOBODY,
    web: { probes: PATIENT_PROBES },
    roots: [WEB],
    says: /not ready, and says that its control plane does not answer/,
    state: all(waits, fails),
  }),
  scene({
    name: 'a control plane that is at zero, for which a sidecar waits',
    inbound: strict,
    app: { ...netexec, ...ports(8080), readinessProbe: get('/app-health/app/readyz', 15_020) },
    outbound: false,
    controlPlane: 'istiod',
    more: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'istiod' },
        spec: { selector: { app: 'istiod' }, ports: [{ name: 'https-dns', port: 15_012 }] },
      },
      deployed({ ...shell('sleep 3600') }, { name: 'istiod', replicas: 0 }),
    ],
    roots: ['service/scaled-to-zero:Service/NS/istiod'],
    explains: [WEB],
    empties: true,
    // Longer than its probes allow it to start in.
    state: all(waits, logged(/failed/, 50, 'client')),
  }),
  scene({
    name: 'a Job that begins before its sidecar, and is not tried again',
    asking: once,
    client: { late: 'sleep 20', of: asJob },
    outbound: { mtls: false },
    roots: ['pod/mesh:Job/NS/client'],
    says: /began before its sidecar/,
    state: all(terminated, said('Unhealthy', 2)),
  }),
  scene({
    name: 'a program that dies again and again, while its sidecar does not come up',
    asking: once,
    client: { late: 'sleep 3600' },
    outbound: { mtls: false },
    roots: [CLIENT],
    explains: ['pod/crash-loop:Deployment/NS/client'],
    state: restarted(3),
  }),
];
