/** A certificate that signs itself, for a server of a test. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run.ts';

/** `tls.crt` and `tls.key`, PEM, for this name, good for a day. */
export async function certificate(name: string): Promise<Record<'tls.crt' | 'tls.key', string>> {
  const dir = await mkdtemp(join(tmpdir(), 'inquest-lab-tls-'));
  try {
    const [crt, key] = [join(dir, 'crt'), join(dir, 'key')];
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${name}`];
    await run('openssl', [...args, '-out', crt, '-keyout', key]);
    return { 'tls.crt': await readFile(crt, 'utf8'), 'tls.key': await readFile(key, 'utf8') };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
