// The programs of the control plane and how they are started.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtDir } from '../build/recipes.ts';
import { addresses, addresses6, atScale, isDual, type Lab } from './lab.ts';
import { componentKubeconfig, pki } from './pki.ts';
import type { Component } from './processes.ts';

/** The one binary that holds all Kubernetes programs; its first argument picks one. */
export const kubernetesBinary = (): string => join(builtDir('kubernetes'), 'kubernetes');

/** Socket through which the root network namespace reaches the API server. */
const apiSocket = (lab: Lab): string => join(lab.dir, 'run', 'api.sock');

/** A control plane that is busy for minutes must not lose its lease of leadership, for nobody starts it anew. */
const QUICK = { 'kube-api-qps': 500, 'kube-api-burst': 1000, 'leader-elect': false } as const;

/**
 * Seconds without a sign of life after which a node is NotReady; Kubernetes' own default is 50. At scale nothing breaks
 * nodes, and kubelets of a busy machine may be slow.
 */
const nodeMonitorGrace = (): number => (atScale() ? 300 : 20);

const serviceRange = (): string =>
  isDual() ? `${addresses.serviceCidr},${addresses6.serviceCidr}` : addresses.serviceCidr;

/**
 * Everything that makes up the control plane, in starting order.
 *
 * @param port on 127.0.0.1 of the root namespace, forwarded to the API server.
 */
export function controlPlane(lab: Lab, port: number): Component[] {
  const { netns, address } = lab.controlPlane;
  const flags = (values: Record<string, string | number | boolean>): string[] =>
    Object.entries(values).map(([name, value]) => `--${name}=${value}`);
  const kubernetes = (name: string, values: Record<string, string | number | boolean>): Component => ({
    name,
    netns,
    command: kubernetesBinary(),
    args: [name, ...flags(values)],
  });
  const target = `TCP:${address}:${addresses.apiServerPort}`;
  return [
    {
      name: 'etcd',
      netns,
      command: join(builtDir('etcd'), 'etcd'),
      args: flags({
        'data-dir': join(lab.dir, 'etcd'),
        'listen-client-urls': 'http://127.0.0.1:2379',
        'advertise-client-urls': 'http://127.0.0.1:2379',
        'listen-peer-urls': 'http://127.0.0.1:2380',
        'unsafe-no-fsync': true,
        'log-level': 'warn',
      }),
    },
    kubernetes('kube-apiserver', apiServerFlags(lab)),
    kubernetes('kube-controller-manager', {
      kubeconfig: componentKubeconfig(lab, 'controller-manager'),
      'authentication-kubeconfig': componentKubeconfig(lab, 'controller-manager'),
      'authorization-kubeconfig': componentKubeconfig(lab, 'controller-manager'),
      'root-ca-file': pki(lab, 'ca.crt'),
      'cluster-signing-cert-file': pki(lab, 'ca.crt'),
      'cluster-signing-key-file': pki(lab, 'ca.key'),
      'service-account-private-key-file': pki(lab, 'service-accounts.key'),
      'service-cluster-ip-range': serviceRange(),
      'cluster-cidr': isDual() ? `${addresses.podCidr},${addresses6.podCidr}` : addresses.podCidr,
      'allocate-node-cidrs': true,
      // Each controller's own client is limited to 20 requests a second: too few for thousands of pods.
      'use-service-account-credentials': !atScale(),
      ...(atScale() ? QUICK : {}),
      'node-monitor-grace-period': `${nodeMonitorGrace()}s`,
      'node-monitor-period': '2s',
      'bind-address': '127.0.0.1',
      // Its default is a folder of the machine, which it would make.
      'flex-volume-plugin-dir': join(lab.dir, 'volume-plugins'),
    }),
    kubernetes('kube-scheduler', {
      ...(atScale() ? QUICK : {}),
      kubeconfig: componentKubeconfig(lab, 'scheduler'),
      'authentication-kubeconfig': componentKubeconfig(lab, 'scheduler'),
      'authorization-kubeconfig': componentKubeconfig(lab, 'scheduler'),
      'bind-address': '127.0.0.1',
    }),
    {
      name: 'outside-dns',
      netns,
      command: join(builtDir('coredns'), 'coredns'),
      args: ['-conf', join(lab.dir, 'outside-dns', 'Corefile')],
    },
    // Namespaces share the file system, not the network: a socket file is the door between them.
    {
      name: 'api-door-inside',
      netns,
      command: 'socat',
      args: [`UNIX-LISTEN:${apiSocket(lab)},fork,backlog=1024,mode=600,unlink-early`, `${target},nodelay`],
    },
    {
      name: 'api-door',
      command: 'socat',
      args: [
        `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr,backlog=1024,nodelay`,
        `UNIX-CONNECT:${apiSocket(lab)}`,
      ],
    },
  ];
}

function apiServerFlags(lab: Lab): Record<string, string | number | boolean> {
  const { address } = lab.controlPlane;
  return {
    'advertise-address': address,
    'bind-address': address,
    'secure-port': addresses.apiServerPort,
    'etcd-servers': 'http://127.0.0.1:2379',
    'client-ca-file': pki(lab, 'ca.crt'),
    'tls-cert-file': pki(lab, 'apiserver.crt'),
    'tls-private-key-file': pki(lab, 'apiserver.key'),
    'kubelet-client-certificate': pki(lab, 'apiserver-kubelet-client.crt'),
    'kubelet-client-key': pki(lab, 'apiserver-kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': `https://kubernetes.default.svc.${addresses.clusterDomain}`,
    'service-account-key-file': pki(lab, 'service-accounts.pub'),
    'service-account-signing-key-file': pki(lab, 'service-accounts.key'),
    'service-cluster-ip-range': serviceRange(),
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'requestheader-client-ca-file': pki(lab, 'front-proxy-ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-username-headers': 'X-Remote-User',
    'proxy-client-cert-file': pki(lab, 'front-proxy-client.crt'),
    'proxy-client-key-file': pki(lab, 'front-proxy-client.key'),
    'enable-aggregator-routing': true,
    'allow-privileged': true,
    profiling: false,
  };
}

/**
 * What CoreDNS forwards to: a name server with a root zone of its own, so that names outside the cluster get
 * an answer (mostly NXDOMAIN) as on a healthy network, and not a time-out.
 */
export async function configureOutsideDns(lab: Lab): Promise<void> {
  const dir = join(lab.dir, 'outside-dns');
  const { address } = lab.controlPlane;
  await mkdir(dir, { recursive: true });
  await writeFile(
    join(dir, 'Corefile'),
    `.:53 {\n  bind ${address}\n  errors\n  file ${join(dir, 'zone')} .\n  reload 2s\n}\n`,
  );
  const records = [
    '. 60 IN SOA ns.outside. admin.outside. 1 7200 3600 1209600 60',
    '. 60 IN NS ns.outside.',
    `ns.outside. 60 IN A ${address}`,
    `www.example.com. 60 IN A ${address}`,
  ];
  await writeFile(join(dir, 'zone'), `${records.join('\n')}\n`);
}
