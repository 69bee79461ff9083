// What an image of kube-proxy holds: the lab's own binary, and the machine's nft, iptables and conntrack.
import { realpathSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { librariesOf } from './libraries.ts';
import { builtDir } from './recipes.ts';

/** What kube-proxy calls. */
const TOOLS = ['/usr/sbin/nft', '/usr/sbin/iptables', '/usr/sbin/conntrack'] as const;
/** xtables-nft-multi looks at the name that it is called by. */
const IPTABLES = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);
/** Where iptables finds its matches. */
const EXTENSIONS = '/usr/lib/x86_64-linux-gnu/xtables';

/** Lays out kube-proxy and its tools below a folder. */
export async function makeKubeProxy(root: string): Promise<void> {
  const local = join(root, 'usr', 'local', 'bin');
  await mkdir(local, { recursive: true });
  await copyFile(join(builtDir('kubernetes'), 'kubernetes'), join(local, 'kubernetes'));
  await writeFile(join(local, 'kube-proxy'), '#!/bin/sh\nexec /usr/local/bin/kubernetes kube-proxy "$@"\n');
  await chmod(join(local, 'kube-proxy'), 0o755);
  const tools = TOOLS.map((tool) => realpathSync(tool));
  for (const tool of tools) await copyInto(root, tool, join('/bin', basename(tool)));
  for (const name of IPTABLES) await symlink('xtables-nft-multi', join(root, 'bin', name));
  await cp(EXTENSIONS, join(root, EXTENSIONS), { recursive: true });
  // That match alone needs libm.
  for (const program of [...tools, join(EXTENSIONS, 'libxt_statistic.so')])
    for (const library of await librariesOf(program)) await copyInto(root, library, library);
}

async function copyInto(root: string, file: string, to: string): Promise<void> {
  await mkdir(dirname(join(root, to)), { recursive: true });
  await copyFile(realpathSync(file), join(root, to));
}
