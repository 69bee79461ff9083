/** Faults that meet: two on one path, what was deleted just before, and what changes in many namespaces meanwhile. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { readyEndpoints } from './breaking/rollouts.ts';
import { contentOf } from './content.ts';
import { makeNamespace, test } from './fixture.ts';
import { field, items, text, type Kube, type KubeObject } from './kube.ts';
import { until } from './run.ts';
import { allReady, configMap, deployed, PATIENCE, server, serving, shell } from './service-faults/fault.ts';

/** Two faults, or a deletion, in a namespace of its own. */
interface Joined {
  readonly name: string;
  /** Returns when what it breaks shows. */
  make(kube: Kube, namespace: string): Promise<void>;
  /** Keys with NS for the namespace: all its roots, in their order; nothing of it stays unexplained. */
  readonly roots: readonly string[];
  /** What the first finding of these says comes next; none where mending the first is enough. */
  readonly masks?: readonly string[];
  /** Among the suspects of the first. */
  readonly suspect?: RegExp;
}

const MISMATCH = 'service/selector-mismatch:Service/NS/web';
const wrong = serving({ selector: { app: 'web-v1' } });

/** Deployment `web`, whose pods carry `app: web-v2`, and which selects them by another label. */
function relabelled(made: KubeObject): KubeObject {
  const copy = structuredClone(made) as KubeObject & {
    spec: { selector: object; template: { metadata: object } };
  };
  copy.spec.selector = { matchLabels: { part: 'web' } };
  copy.spec.template.metadata = { labels: { app: 'web-v2', part: 'web' } };
  return copy;
}

function quota(pods: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'pods' }, spec: { hard: { pods } } };
}

async function untilRefused(kube: Kube, namespace: string): Promise<void> {
  await until(`refused pods in ${namespace}`, PATIENCE.timeout, async () => {
    const sets = await kube.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace });
    return sets.some((set) =>
      items(set, 'status.conditions').some((one) => field(one, 'type') === 'ReplicaFailure'),
    );
  });
}

/** Until a container of the namespace waits for this reason. */
async function untilWaiting(kube: Kube, namespace: string, reason: RegExp): Promise<void> {
  await until(`${reason.source} in ${namespace}`, PATIENCE.timeout, async () => {
    const pods = await kube.list({ kind: 'Pod', namespace });
    return pods.some((pod) =>
      items(pod, 'status.containerStatuses').some((one) => reason.test(text(one, 'state.waiting.reason'))),
    );
  });
}

const JOINED: readonly Joined[] = [
  {
    name: 'a wrong selector, and a quota that refuses the pods it should take',
    async make(kube, namespace) {
      await kube.apply([quota('0'), wrong, relabelled(server())], { namespace });
      await untilRefused(kube, namespace);
    },
    roots: [MISMATCH, 'platform/quota:ResourceQuota/NS/pods'],
    masks: ['platform/quota:ResourceQuota/NS/pods'],
  },
  {
    name: 'a wrong selector, and an image that is not there',
    async make(kube, namespace) {
      await kube.apply([wrong, relabelled(server({ image: 'lab/nowhere:1' }))], { namespace });
      await untilWaiting(kube, namespace, /ErrImageNeverPull/);
    },
    roots: [MISMATCH, 'pod/image-pull:Deployment/NS/web'],
    masks: ['pod/image-pull:Deployment/NS/web'],
  },
  {
    name: 'a crash, while a quota refuses another pod',
    async make(kube, namespace) {
      const crashing = deployed(shell('echo "panic: no way on" >&2; exit 2'), { replicas: 2 });
      await kube.apply([quota('1'), serving(), crashing], { namespace });
      await untilRefused(kube, namespace);
      await untilWaiting(kube, namespace, /CrashLoopBackOff/);
    },
    roots: ['pod/crash-loop:Deployment/NS/web', 'platform/quota:ResourceQuota/NS/pods'],
    masks: [],
  },
  {
    name: 'a ConfigMap that was deleted while one pod had it',
    async make(kube, namespace) {
      const using = { envFrom: [{ configMapRef: { name: 'settings' } }] };
      await kube.apply([configMap('settings', { MODE: 'live' }), serving(), server(using, { replicas: 2 })], {
        namespace,
      });
      await allReady(kube, namespace);
      await kube.delete({ kind: 'ConfigMap', name: 'settings', namespace });
      const [pod] = await kube.list({ kind: 'Pod', namespace });
      await kube.delete({ kind: 'Pod', name: text(pod ?? {}, 'metadata.name'), namespace });
      await untilWaiting(kube, namespace, /CreateContainerConfigError/);
    },
    roots: ['pod/config-missing:Deployment/NS/web'],
    suspect: /^ConfigMap settings is gone: Pod web-\S+ still started with it then$/,
  },
  {
    name: 'a StatefulSet that was deleted, and is asked for',
    async make(kube, namespace) {
      const db: KubeObject = {
        ...server({}, { name: 'db' }),
        kind: 'StatefulSet',
      };
      const client = deployed(
        { ...shell('while true; do sleep 1; done'), env: [{ name: 'DB_URL', value: 'http://db:80' }] },
        { name: 'cart' },
      );
      await kube.apply([serving({}, 'db'), db, client], { namespace });
      await until(
        'db ready',
        PATIENCE.timeout,
        async () => (await readyEndpoints(kube, namespace, 'db')) === 1,
      );
      await kube.delete({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', namespace });
      await until(
        'db empty',
        PATIENCE.timeout,
        async () => (await readyEndpoints(kube, namespace, 'db')) === 0,
      );
    },
    roots: ['service/workload-deleted:Service/NS/db'],
  },
];

/** Makes and deletes a ConfigMap again and again until it is told to stop. */
function churn(kube: Kube, namespace: string): () => Promise<void> {
  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      await kube.apply(configMap('passing', { at: String(Date.now()) }), { namespace });
      await kube.delete({ kind: 'ConfigMap', name: 'passing', namespace });
    }
  })();
  return async () => {
    stopped.abort();
    await running;
  };
}

/** What is wrong with the answer to one of them; nothing when it is as it should be. */
function problems(verdict: Verdict, { roots, masks, suspect }: Joined, namespace: string) {
  const own = (keys: readonly string[]): string[] =>
    keys.filter((key) => key.includes(namespace)).map((key) => key.replaceAll(namespace, 'NS'));
  const first = roots[0]?.replace('NS', namespace) ?? '';
  const next = own(verdict.findings.find(({ key }) => key === first)?.masks ?? []);
  const told = (verdict.suspects[first] ?? []).map(({ summary }) => summary);
  return {
    roots: own(verdict.roots),
    unexplained: own(verdict.unexplained),
    ...(masks === undefined ? {} : { masks: next }),
    ...(suspect === undefined || told.some((words) => suspect.test(words)) ? {} : { told }),
  };
}

test(
  'two faults on one path, and deletions, each in a namespace of its own',
  { timeout: 600_000 },
  async ({ kube, dir, cli, diagnose }) => {
    const made = JOINED.map((joined) => ({
      ...joined,
      namespace: `joined-${randomBytes(4).toString('hex')}`,
    }));
    const [spare, outside] = ['joined-spare', 'joined-outside'].map(
      (name) => `${name}-${randomBytes(4).toString('hex')}`,
    );
    if (spare === undefined || outside === undefined) throw new Error('two names');
    const all = [...made.map(({ namespace }) => namespace), spare, outside];
    onTestFinished(async () => {
      for (const name of all) await kube.delete({ kind: 'Namespace', name });
    });
    await Promise.all(all.map((name) => makeNamespace(kube, name)));
    const began = Date.now();
    await Promise.all(made.map((one) => one.make(kube, one.namespace)));
    // Much means nothing in its first minute.
    await until('a minute since', 90_000, () => Date.now() - began > 65_000);
    const stops = [spare, outside].map((name) => churn(kube, name));
    const file = join(dir, 'joined.tar.gz');
    const wanted = all.flatMap((name) => (name === outside ? [] : ['-n', name]));
    await cli(['capture', '-o', file, '--quiet', ...wanted]);
    for (const stop of stops) await stop();

    const { manifest, bodies } = await contentOf(file);
    const seen = [...bodies]
      .filter(([path]) => path.startsWith('changes/core/v1/configmaps'))
      .map(([, body]) => body);
    const words = seen.join('');
    expect(words).toContain(`"namespace":"${spare}"`);
    expect(words).toContain('"type":"DELETED"');
    expect(words).not.toContain(outside);
    expect(manifest?.gaps.filter(({ evidence }) => evidence === 'watch')).toEqual([]);

    const { verdict } = await diagnose(file);
    expect(verdict.errors).toEqual([]);
    const answers = made.map((one) => ({ name: one.name, ...problems(verdict, one, one.namespace) }));
    expect(answers).toEqual(
      made.map(({ name, roots, masks }) => ({
        name,
        roots,
        unexplained: [],
        ...(masks === undefined ? {} : { masks }),
      })),
    );
  },
);
