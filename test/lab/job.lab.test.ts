/** The Jobs of docs/job: a capture from inside the cluster, by a ServiceAccount with the printed roles, into the log and a volume. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { openBundle } from '../../src/bundle/reader.ts';
import { ROOT } from '../support/sources.ts';
import { contentOf } from './content.ts';
import { test } from './fixture.ts';
import { hasCondition, type Kube, type KubeObject, text } from './kube.ts';

/** The image that the manifests name is the built product on a busybox: mounted, with what Node.js needs of the machine. */
const MOUNTS: Readonly<Record<string, string>> = {
  '/opt/inquest': ROOT,
  '/lib64': '/lib64',
  '/lib/x86_64-linux-gnu': '/lib/x86_64-linux-gnu',
};

function manifest(file: string, namespace: string, folder: string): KubeObject[] {
  const yaml = readFileSync(join(ROOT, 'docs/job', file), 'utf8');
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'inquest'),
    '#!/bin/sh\nexec /opt/inquest/node_modules/.bin/node /opt/inquest/dist/src/cli/main.js "$@"\n',
    { mode: 0o755 },
  );
  const documents = parseAllDocuments(yaml.replaceAll(/namespace: inquest$/gm, `namespace: ${namespace}`));
  return documents
    .map((document) => document.toJS() as KubeObject)
    .filter(({ kind }) => kind !== 'Namespace' && kind !== 'PersistentVolumeClaim')
    .map((object) => (object.kind === 'Job' ? onThisMachine(object, folder) : object));
}

interface PodSpec {
  containers: Array<Record<string, unknown> & { volumeMounts?: object[] }>;
  volumes?: Array<{ name: string }>;
}

function onThisMachine(job: KubeObject, folder: string): KubeObject {
  const { spec } = (job as unknown as { spec: { template: { spec: PodSpec } } }).spec.template;
  const mounts = Object.entries({ ...MOUNTS, '/usr/local/bin': join(folder, 'bin') });
  // The claim's volume is a folder here: the lab has no storage.
  const own = (spec.volumes ?? []).map(({ name }) => ({ name, hostPath: { path: join(folder, name) } }));
  for (const { name } of own) mkdirSync(join(folder, name), { recursive: true });
  spec.volumes = [...own, ...mounts.map(([, path], at) => ({ name: `machine-${at}`, hostPath: { path } }))];
  for (const container of spec.containers) {
    const env = [{ name: 'PATH', value: '/usr/local/bin:/bin' }];
    Object.assign(container, { image: 'lab/busybox:1', imagePullPolicy: 'Never', env });
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      ...mounts.map(([mountPath], at) => ({ name: `machine-${at}`, mountPath, readOnly: true })),
    ];
  }
  return job;
}

/** Runs the Job to its end, with the rights that `inquest rbac` prints; gives its pod. */
async function completed(
  kube: Kube,
  namespace: string,
  objects: readonly KubeObject[],
  roles: readonly KubeObject[],
): Promise<KubeObject> {
  await kube.apply([...objects.filter(({ kind }) => kind !== 'Job'), ...roles], { namespace });
  await kube.apply(objects.filter(({ kind }) => kind === 'Job'));
  const job = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'inquest' };
  const ended = await kube.waitFor(
    job,
    (one) => hasCondition(one, 'Complete') || hasCondition(one, 'Failed'),
    {
      timeout: 150_000,
    },
  );
  const [pod] = await kube.list({ kind: 'Pod', namespace });
  if (pod === undefined || !hasCondition(ended, 'Complete'))
    throw new Error(`the Job failed: ${JSON.stringify(pod?.['status'])}`);
  return pod;
}

async function withRoles(
  kube: Kube,
  cli: (args: string[]) => Promise<{ stdout: string }>,
  namespace: string,
  act: (roles: readonly KubeObject[]) => Promise<void>,
): Promise<void> {
  const name = `inquest-${namespace}`;
  const { stdout } = await cli(['rbac', '--service-account', `${namespace}:inquest`, '--name', name]);
  const roles = parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject);
  try {
    await act(roles);
  } finally {
    for (const { apiVersion, kind, metadata } of roles) {
      await kube.delete({
        apiVersion,
        kind,
        name: metadata.name,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      });
    }
  }
}

test('stdout.yaml: the log of the Job is the file, in base64', async ({ kube, namespace, dir, cli }) => {
  await withRoles(kube, cli, namespace, async (roles) => {
    const pod = await completed(kube, namespace, manifest('stdout.yaml', namespace, dir), roles);
    const log = await kube.logs(namespace, text(pod, 'metadata.name'));
    const file = join(dir, 'incident.tar.gz');
    writeFileSync(file, Buffer.from(log, 'base64'));
    const { code, stdout } = await cli(['verify', file]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('whole')]);
    const { manifest: ended } = await contentOf(file);
    expect(ended?.end).toBe('complete');
    expect(
      ended?.gaps.filter(({ reason, key }) => reason === 'forbidden' && !key.startsWith('node:')),
    ).toEqual([]);
    const bundle = await openBundle(file);
    await bundle.close();
    expect(bundle.header.cluster).toMatchObject({
      name: 'in-cluster',
      user: `system:serviceaccount:${namespace}:inquest`,
    });
  });
});

test('volume.yaml: the file lies in the volume, and the log is the verdict', async ({
  kube,
  namespace,
  dir,
  cli,
}) => {
  await withRoles(kube, cli, namespace, async (roles) => {
    const pod = await completed(kube, namespace, manifest('volume.yaml', namespace, dir), roles);
    const files = readdirSync(join(dir, 'bundles'));
    expect(files).toEqual([expect.stringMatching(/^inquest-in-cluster-\d{8}T\d{6}Z\.tar\.gz$/)]);
    const { code } = await cli(['verify', join(dir, 'bundles', files[0] ?? '')]);
    expect(code).toBe(0);
    expect(await kube.logs(namespace, text(pod, 'metadata.name'))).toContain('Next: inquest open /bundles/');
  });
});
