/** What is left behind a Service whose sidecar lets no more through (Envoy's circuit breaker), and one that is left and copes. */
import type { KubeObject } from '../kube.ts';
import { deployed, netexec, ports, quick, shell, type Container } from '../pod-faults/fault.ts';
import { all, conditionOf, logged, said, somePod } from '../pod-faults/states.ts';
import { scene, type MeshFault } from './scene.ts';

const OUT = 'pod/not-ready:StatefulSet/NS/web';
const OVERWHELMED = 'pod/saturated:StatefulSet/NS/web';

/** Two of them, of which the second is never ready. */
function pair({ metadata, spec }: KubeObject): KubeObject {
  const { selector, template } = spec as { readonly selector: object; readonly template: object };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: metadata.name },
    spec: { replicas: 2, serviceName: 'web', podManagementPolicy: 'Parallel', selector, template },
  };
}

const halfOut: Container = {
  ...netexec,
  ...ports(8080),
  readinessProbe: {
    exec: { command: ['sh', '-c', 'test ${HOSTNAME##*-} = 0'] },
    ...quick,
    timeoutSeconds: 20,
  },
};

/** So many at a time, each of which wants an answer that takes two seconds. */
const calls = (times: number): KubeObject =>
  deployed(
    shell(
      `ask() { while true; do (printf 'GET /shell?cmd=sleep%%202 HTTP/1.1\\r\\nHost: web\\r\\nConnection: close\\r\\n\\r\\n'; sleep 3) | nc $WEB_SERVICE_HOST 80 2>&1 | head -n 1; done; }; for i in $(seq ${times}); do ask & done; wait`,
    ),
    { name: 'client' },
  );

const thinned = all(
  somePod((pod) => pod.metadata.name === 'web-0' && conditionOf(pod, 'Ready') === 'True'),
  said('Unhealthy', 2),
  logged(/HTTP/, 12, 'client'),
);

const half = (name: string, times: number, more: Partial<MeshFault>): MeshFault => ({
  ...scene({
    name,
    app: halfOut,
    inbound: { mtls: 'PERMISSIVE', atMost: 1 },
    outbound: false,
    web: { of: pair },
    state: thinned,
    ...more,
  }),
  objects: [calls(times)],
});

export const saturationFaults: readonly MeshFault[] = [
  half('the pod that is left lets no more requests through (UO)', 6, {
    unexplained: [OUT, OVERWHELMED],
  }),
  half('the pod that is left has a limit, and it is not reached', 1, {
    unexplained: [OUT],
    near: ['pod/saturated', 'pod/mesh'],
  }),
];
