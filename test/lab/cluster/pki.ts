// Certificates and kubeconfigs of the control plane and the nodes, from one CA of the lab's own.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { run } from '../run.ts';
import { addresses, atScale, type Lab } from './lab.ts';

interface Certificate {
  name: string;
  subject: string;
  /** Subject alternative names make it a server's certificate. */
  alternatives?: readonly string[];
  authority?: string;
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '365'];
/** The machine's own openssl.cnf would add extensions that contradict ours. */
const configuration = '[req]\ndistinguished_name = dn\n[dn]\n';

/** Path of a certificate, key or key file of the lab. */
export const pki = (lab: Lab, file: string): string => join(lab.dir, 'pki', file);

/** Makes all keys and certificates. */
export async function makePki(lab: Lab): Promise<void> {
  await mkdir(join(lab.dir, 'pki'), { recursive: true, mode: 0o700 });
  await writeFile(pki(lab, 'openssl.cnf'), configuration);
  await Promise.all([
    makeAuthority(lab, 'ca', 'kubernetes'),
    makeAuthority(lab, 'front-proxy-ca', 'front-proxy-ca'),
    makeAccountKeys(lab),
  ]);
  const { address } = lab.controlPlane;
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${addresses.clusterDomain}`,
  ];
  const certificates: Certificate[] = [
    {
      name: 'apiserver',
      subject: '/CN=kube-apiserver',
      alternatives: [
        ...[...service, 'localhost'].map((name) => `DNS:${name}`),
        ...['127.0.0.1', address, addresses.kubernetesService].map((ip) => `IP:${ip}`),
      ],
    },
    { name: 'apiserver-kubelet-client', subject: '/O=system:masters/CN=kube-apiserver-kubelet-client' },
    { name: 'front-proxy-client', subject: '/CN=front-proxy-client', authority: 'front-proxy-ca' },
    { name: 'admin', subject: '/O=system:masters/CN=kubernetes-admin' },
    {
      name: 'controller-manager',
      // At scale its controllers have no accounts of their own, and it must do itself what those may.
      subject: `${atScale() ? '/O=system:masters' : ''}/CN=system:kube-controller-manager`,
    },
    { name: 'scheduler', subject: '/CN=system:kube-scheduler' },
    { name: 'kube-proxy', subject: '/CN=system:kube-proxy' },
    ...lab.nodes.map((node) => ({ name: node.name, subject: `/O=system:nodes/CN=system:node:${node.name}` })),
  ];
  await Promise.all(certificates.map((certificate) => makeCertificate(lab, certificate)));
}

async function makeAuthority(lab: Lab, name: string, commonName: string): Promise<void> {
  const files = ['-keyout', pki(lab, `${name}.key`), '-out', pki(lab, `${name}.crt`)];
  const extensions = [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign',
    'subjectKeyIdentifier=hash',
  ];
  await sign(lab, `/CN=${commonName}`, extensions, files);
}

async function makeAccountKeys(lab: Lab): Promise<void> {
  await run('openssl', ['genrsa', '-out', pki(lab, 'service-accounts.key'), '2048']);
  await run('openssl', [
    'rsa',
    '-in',
    pki(lab, 'service-accounts.key'),
    '-pubout',
    '-out',
    pki(lab, 'service-accounts.pub'),
  ]);
}

/** Makes one key and certificate, signed by the lab's CA unless it names another of its authorities. */
export async function makeCertificate(
  lab: Lab,
  { name, subject, alternatives, authority = 'ca' }: Certificate,
): Promise<void> {
  const usage = alternatives === undefined ? 'clientAuth' : 'serverAuth';
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature,keyEncipherment',
    `extendedKeyUsage=${usage}`,
  ];
  if (alternatives !== undefined) extensions.push(`subjectAltName=${alternatives.join(',')}`);
  const files = ['-keyout', pki(lab, `${name}.key`), '-out', pki(lab, `${name}.crt`)];
  const signer = ['-CA', pki(lab, `${authority}.crt`), '-CAkey', pki(lab, `${authority}.key`)];
  await sign(lab, subject, extensions, [...signer, ...files]);
}

async function sign(
  lab: Lab,
  subject: string,
  extensions: readonly string[],
  rest: readonly string[],
): Promise<void> {
  const additions = extensions.flatMap((line) => ['-addext', line]);
  await run('openssl', [
    'req',
    '-x509',
    '-config',
    pki(lab, 'openssl.cnf'),
    ...curve,
    '-subj',
    subject,
    ...additions,
    ...rest,
  ]);
}

/** A kubeconfig as an object; give it a token or the name of a certificate. */
export async function kubeconfigFor(
  lab: Lab,
  server: string,
  user: { name: string; certificate?: string; token?: string },
  namespace?: string,
): Promise<string> {
  const base64 = async (file: string): Promise<string> => (await readFile(pki(lab, file))).toString('base64');
  const credentials =
    user.certificate === undefined
      ? { token: user.token }
      : {
          'client-certificate-data': await base64(`${user.certificate}.crt`),
          'client-key-data': await base64(`${user.certificate}.key`),
        };
  const cluster = `inquest-lab-${lab.name}`;
  const context = `${user.name}@${cluster}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': await base64('ca.crt') } }],
    users: [{ name: user.name, user: credentials }],
    contexts: [
      {
        name: context,
        context: { cluster, user: user.name, ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
    'current-context': context,
  });
}

/** Writes the kubeconfig that one of the lab's own programs uses inside the lab's network. */
export async function writeComponentKubeconfig(lab: Lab, name: string): Promise<string> {
  const path = componentKubeconfig(lab, name);
  const server = `https://${lab.controlPlane.address}:${addresses.apiServerPort}`;
  await writeFile(path, await kubeconfigFor(lab, server, { name, certificate: name }), { mode: 0o600 });
  return path;
}

export const componentKubeconfig = (lab: Lab, name: string): string => pki(lab, `${name}.kubeconfig`);

/** Whether the certificates were made. */
export const hasPki = (lab: Lab): boolean => existsSync(pki(lab, 'ca.crt'));
