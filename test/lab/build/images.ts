// Makes the lab's container images by hand, as docker-archive files: no container engine is at hand.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheDir } from '../cluster/lab.ts';
import { withLock } from '../cluster/lock.ts';
import { run } from '../run.ts';
import type { Report } from './build.ts';
import { makeKubeProxy } from './kube-proxy-image.ts';
import { librariesOf } from './libraries.ts';
import { programs } from './packages.ts';
import { builtDir, keyOf, recipes } from './recipes.ts';

type Layer = 'base' | 'agnhost' | 'coredns' | 'envoy' | 'kubernetes';

interface Image {
  tag: string;
  layers: readonly Layer[];
  entrypoint: readonly string[];
  command?: readonly string[];
}

/** Pods name these with `imagePullPolicy: Never`. */
export const images: readonly Image[] = [
  // PID 1 of every pod. It is killed, not asked, at the end, so it needs no signal handling.
  { tag: 'lab/pause:1', layers: ['base'], entrypoint: ['/bin/sleep', '2147483647'] },
  { tag: 'lab/busybox:1', layers: ['base'], entrypoint: [], command: ['/bin/sh'] },
  { tag: 'lab/agnhost:1', layers: ['base', 'agnhost'], entrypoint: ['/bin/agnhost'], command: ['pause'] },
  { tag: 'lab/coredns:1', layers: ['base', 'coredns'], entrypoint: ['/bin/coredns'] },
];

/** Not among those of every node: `meshImage` is imported by whoever needs it. Envoy, and nft to lead traffic to it. */
export const meshImage: Image = { tag: 'lab/envoy:1', layers: ['base', 'envoy'], entrypoint: ['/bin/envoy'] };

/** Another such: kube-proxy as clusters in the wild run it. */
export const kubeProxyImage: Image = {
  tag: 'lab/kube-proxy:1',
  layers: ['base', 'kubernetes'],
  entrypoint: ['/usr/local/bin/kube-proxy'],
};

/** Changes when the layout below does. */
const layout = 1;

/** The archive that holds these images; `ensureImages` makes it. */
export function imageArchive(wanted: readonly Image[] = images): string {
  const layers = new Set<string>(wanted.flatMap((image) => image.layers));
  const parts = recipes.filter(({ name }) => layers.has(name)).map(keyOf);
  const key = createHash('sha256')
    .update(JSON.stringify([layout, wanted, parts]))
    .digest('hex')
    .slice(0, 10);
  return join(cacheDir(), `images-${key}.tar`);
}

/** Makes the archive once; needs what their layers hold built. */
export async function ensureImages(report: Report, wanted: readonly Image[] = images): Promise<void> {
  const file = imageArchive(wanted);
  if (existsSync(file)) return;
  await withLock(
    join(cacheDir(), 'images.lock'),
    () => report('another process is making the images; waiting for it'),
    async () => {
      if (existsSync(file)) return;
      report('making the images …');
      const work = `${file}.work`;
      await rm(work, { recursive: true, force: true });
      await makeArchive(work, file, wanted);
      await rm(work, { recursive: true, force: true });
    },
  );
}

async function makeArchive(work: string, file: string, wanted: readonly Image[]): Promise<void> {
  const archive = join(work, 'archive');
  await mkdir(archive, { recursive: true });
  const digests = new Map<Layer, string>();
  for (const layer of new Set(wanted.flatMap(({ layers }) => layers))) {
    await makeLayer(layer, join(work, layer));
    await tar(join(work, layer), join(archive, `${layer}.tar`));
    digests.set(layer, await sha256(join(archive, `${layer}.tar`)));
  }
  const manifest = [];
  for (const image of wanted) {
    const config = `${image.tag.replace(/[/:]/g, '-')}.json`;
    await writeFile(join(archive, config), JSON.stringify(configOf(image, digests)));
    manifest.push({
      Config: config,
      RepoTags: [image.tag],
      Layers: image.layers.map((layer) => `${layer}.tar`),
    });
  }
  await writeFile(join(archive, 'manifest.json'), JSON.stringify(manifest));
  await tar(archive, `${file}.tmp`);
  await rename(`${file}.tmp`, file);
}

async function makeLayer(layer: Layer, root: string): Promise<void> {
  if (layer === 'base') return await makeBase(root);
  if (layer === 'kubernetes') return await makeKubeProxy(root);
  await mkdir(join(root, 'bin'), { recursive: true });
  const binary = join(builtDir(layer), layer);
  await copyFile(binary, join(root, 'bin', layer));
  if (layer !== 'envoy') return;
  await copyFile(programs.nft, join(root, 'bin', 'nft'));
  for (const library of new Set([...(await librariesOf(binary)), ...(await librariesOf(programs.nft))])) {
    await mkdir(dirname(join(root, library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
}

async function makeBase(root: string): Promise<void> {
  for (const folder of ['bin', 'etc', 'root', 'tmp', 'usr'])
    await mkdir(join(root, folder), { recursive: true });
  await copyFile(programs.busybox, join(root, 'bin', 'busybox'));
  const applets = (await run(programs.busybox, ['--list'])).trim().split('\n');
  // The list contains busybox itself: a link onto itself would shadow the binary.
  for (const applet of applets.filter((name) => name !== 'busybox'))
    await symlink('busybox', join(root, 'bin', applet));
  await symlink('../bin', join(root, 'usr', 'bin'));
  await writeFile(
    join(root, 'etc', 'passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\nnobody:x:65534:\n');
}

function configOf(image: Image, digests: ReadonlyMap<Layer, string>): object {
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: ['PATH=/bin:/usr/bin'],
      WorkingDir: '/',
      ...(image.entrypoint.length > 0 ? { Entrypoint: image.entrypoint } : {}),
      ...(image.command === undefined ? {} : { Cmd: image.command }),
    },
    rootfs: { type: 'layers', diff_ids: image.layers.map((layer) => `sha256:${digests.get(layer)}`) },
    history: image.layers.map((layer) => ({
      created: '1970-01-01T00:00:00Z',
      created_by: `lab layer ${layer}`,
    })),
  };
}

async function tar(folder: string, file: string): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  await run('tar', [...same, '--mode=u+rwX,go+rX', '-cf', file, '-C', folder, '.']);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
