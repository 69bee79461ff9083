/** What a sidecar's access log shows of faults that are not the mesh's, and what in it is no fault. */
import { netexec, ports, shell } from '../pod-faults/fault.ts';
import { all, logged, restarted } from '../pod-faults/states.ts';
import { STRICT } from './peer-authentication.ts';
import { asksAndLeaves, scene, type MeshFault } from './scene.ts';

const CLIENT = 'pod/mesh:Deployment/NS/client';
const strict = { mtls: 'STRICT' } as const;
const fails = logged(/failed/, 6, 'client');
const well = logged(/ 200 /, 20, 'client');
const elsewhere = { ...netexec, args: ['netexec', '--http-port=9090', '--udp-port=-1'], ...ports(8080) };
const crashes = {
  ...netexec,
  ...ports(8080),
  ...shell('agnhost netexec --http-port=8080 --udp-port=-1 & sleep 3; echo "panic: no more"; exit 2'),
};

export const shownFaults: readonly MeshFault[] = [
  scene({
    name: 'a program on another port than the mesh sends to (UF)',
    app: elsewhere,
    inside: true,
    roots: ['pod/wrong-port:Deployment/NS/web'],
    explains: [CLIENT],
    state: fails,
  }),
  scene({
    name: 'a program that crashes, behind a Service that a sidecar calls (UF)',
    app: crashes,
    outbound: { mtls: false },
    roots: ['pod/crash-loop:Deployment/NS/web'],
    explains: [CLIENT],
    state: all(restarted(3), fails),
  }),
  scene({
    name: 'a program that crashes beside its own sidecar (UF)',
    app: crashes,
    inbound: { mtls: 'PERMISSIVE' },
    outbound: false,
    roots: ['pod/crash-loop:Deployment/NS/web'],
    state: all(restarted(3), fails),
  }),
  scene({
    name: 'a Service that selects nobody, seen by a sidecar (UH)',
    selector: { app: 'web-v1' },
    outbound: { endpoints: [], mtls: false },
    roots: ['service/selector-mismatch:Service/NS/web'],
    explains: [CLIENT],
    state: fails,
  }),
  scene({
    name: 'a Service whose Deployment is at zero, seen by a sidecar (UH)',
    web: { replicas: 0 },
    outbound: { endpoints: [], mtls: false },
    roots: ['service/scaled-to-zero:Service/NS/web'],
    explains: [CLIENT],
    state: fails,
  }),
  scene({
    name: 'a server that hangs up before it answers (UC)',
    app: { ...shell('while true; do nc -l -p 8080 -e /bin/true; done'), ...ports(8080) },
    unexplained: [CLIENT],
    says: /to web\..*: UC/,
    state: fails,
  }),
  scene({
    name: 'a server that does not answer in the time the mesh allows (UT)',
    path: '/shell?cmd=sleep%2030',
    waits: 10,
    outbound: { timeout: 1 },
    unexplained: [CLIENT],
    says: /to web\..*: UT/,
    state: fails,
  }),
];

const near = ['pod/mesh'];

export const quietFaults: readonly MeshFault[] = [
  scene({
    name: 'a mesh that is well, with mutual TLS on both sides',
    inbound: strict,
    more: [STRICT],
    near,
    state: well,
  }),
  scene({
    name: 'a mesh that is well, after some 503 while the server began',
    app: {
      ...netexec,
      ...ports(8080),
      ...shell('sleep 12; exec agnhost netexec --http-port=8080 --udp-port=-1'),
    },
    outbound: { mtls: false },
    near,
    state: well,
  }),
  scene({
    name: 'clients that go away before the answer (DC)',
    inbound: strict,
    asking: asksAndLeaves('/shell?cmd=sleep%205'),
    near,
    state: logged(/ DC /, 10, 'client', 'istio-proxy'),
  }),
  scene({
    name: 'a program that answers 404 itself',
    inbound: strict,
    path: '/echo?msg=no&code=404',
    near,
    state: fails,
  }),
  scene({
    name: 'a program that answers 503 itself',
    inbound: strict,
    path: '/echo?msg=no&code=503',
    near,
    state: fails,
  }),
];
