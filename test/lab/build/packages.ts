// Installs the Debian packages that the lab runs on, when they are missing.
import { existsSync } from 'node:fs';
import { LabError } from '../lab-error.ts';
import { run } from '../run.ts';
import { messageOf } from '../values.ts';
import type { Report } from './build.ts';

/**
 * Package → a file that only it brings. Debian's runc, not one of our own: built without cgo it lacks
 * seccomp, and containers fail. busybox-static, because plain busybox needs the host's libc.
 */
const needed: Readonly<Record<string, readonly string[]>> = {
  runc: ['/usr/sbin/runc', '/usr/bin/runc'],
  iptables: ['/usr/sbin/iptables'],
  nftables: ['/usr/sbin/nft'],
  conntrack: ['/usr/sbin/conntrack'],
  iproute2: ['/usr/bin/ip', '/bin/ip', '/usr/sbin/ip'],
  'busybox-static': ['/usr/share/doc/busybox-static'],
  openssl: ['/usr/bin/openssl'],
  socat: ['/usr/bin/socat'],
  tmux: ['/usr/bin/tmux'],
  'libarchive-tools': ['/usr/bin/bsdtar'],
};

/** Not needed by `up`. */
const onDemand = { 'python3-pip': ['/usr/bin/pip3'] } as const;

/** Paths of the Debian programs that the lab names outright. */
export const programs = {
  runc: '/usr/sbin/runc',
  busybox: '/bin/busybox',
  nft: '/usr/sbin/nft',
  python: '/usr/bin/python3',
} as const;

/**
 * Makes sure that every needed package is there, and these besides.
 *
 * @throws LabError naming what is missing, when it cannot be installed.
 */
export async function ensurePackages(
  report: Report,
  more: ReadonlyArray<keyof typeof onDemand> = [],
): Promise<void> {
  const files: Readonly<Record<string, readonly string[]>> = { ...needed, ...onDemand };
  const missing = [...Object.keys(needed), ...more].filter(
    (name) => !files[name]?.some((file) => existsSync(file)),
  );
  if (missing.length === 0) return;
  const hint = `Install them yourself: apt-get install ${missing.join(' ')}`;
  if (process.getuid?.() !== 0)
    throw new LabError(`missing packages: ${missing.join(', ')}`, `${hint} (as root).`);
  report(`installing ${missing.join(' ')} …`);
  const apt = async (...args: string[]): Promise<string> =>
    await run('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    await apt('update');
    await apt('install', '--no-install-recommends', ...missing);
  } catch (error) {
    throw new LabError(
      `missing packages: ${missing.join(', ')}; installing them failed: ${messageOf(error)}`,
      hint,
      error,
    );
  }
}
