/** Certificates of workloads as a mesh hands them out: one authority, and the SPIFFE name of each namespace's account. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run.ts';

/** Texts of PEM files. */
export interface Identity {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Whom the account `default` of a namespace is known as. */
export const spiffeOf = (namespace: string): string => `spiffe://cluster.local/ns/${namespace}/sa/default`;

const REQUEST = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ');

/** An authority of its own, and a certificate of it for the account `default` of this namespace. */
export async function identityOf(namespace: string): Promise<Identity> {
  const dir = await mkdtemp(join(tmpdir(), 'inquest-lab-mesh-'));
  const at = (file: string): string => join(dir, file);
  try {
    await writeFile(at('openssl.cnf'), '[req]\ndistinguished_name = dn\n[dn]\n');
    const sign = async (
      subject: string,
      name: string,
      extensions: readonly string[],
      by: readonly string[],
    ) =>
      await run('openssl', [
        ...REQUEST,
        '-config',
        at('openssl.cnf'),
        '-subj',
        subject,
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.crt`),
        ...extensions.flatMap((one) => ['-addext', one]),
        ...by,
      ]);
    await sign('/O=cluster.local', 'ca', ['basicConstraints=critical,CA:TRUE'], []);
    await sign(
      '/',
      'workload',
      ['basicConstraints=critical,CA:FALSE', `subjectAltName=critical,URI:${spiffeOf(namespace)}`],
      ['-CA', at('ca.crt'), '-CAkey', at('ca.key')],
    );
    const read = async (file: string): Promise<string> => await readFile(at(file), 'utf8');
    return {
      ca: await read('ca.crt'),
      certificate: await read('workload.crt'),
      key: await read('workload.key'),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
