/** Requests of somebody else that the API server's flow control turns away, for real, while a capture runs. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { acceptLists, levelOf, listsAtOnce, rejectLists } from './breaking/flow-control.ts';
import { makeUser, removeUser } from './breaking/users.ts';
import { test as base } from './fixture.ts';
import { connect, type Kube } from './kube.ts';

/** A user who may list everything, and is turned away when it lists much at once. */
const test = base.extend(
  'victim',
  async ({ kube, kubeconfig, dir, namespace }, { onCleanup }): Promise<Kube> => {
    const file = await makeUser(kube, kubeconfig, dir, namespace, {
      clusterRules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
    });
    const own = connect(file);
    onCleanup(async () => {
      own.close();
      await acceptLists(kube, namespace);
      await removeUser(kube, namespace);
    });
    await rejectLists(kube, namespace, own);
    return own;
  },
);

const THROTTLED = 'platform/control-plane:Service/default/kubernetes#throttled';

describe('flow control', () => {
  test('that turns others away is the root, named by flow schema and priority level', async ({
    victim,
    namespace,
    dir,
    cli,
    diagnose,
  }) => {
    const file = join(dir, 'others.tar.gz');
    const statuses: number[] = [];
    const captured = new AbortController();
    const asking = (async () => {
      while (!captured.signal.aborted) statuses.push(...(await listsAtOnce(victim)));
    })();
    const args = ['capture', '-n', namespace, '-o', file, '--timeout', '60s'];
    await cli(args, { timeout: 150_000 }).finally(() => {
      captured.abort();
    });
    await asking;
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    const { verdict } = await diagnose(file);
    expect(verdict.errors).toEqual([]);
    const finding = verdict.findings.find(({ key }) => key === THROTTLED);
    expect(finding).toMatchObject({ role: 'cause', severity: 'warning', confidence: 'certain' });
    const level = levelOf(namespace);
    expect(finding?.summary).toContain(`most of priority level ${level}`);
    expect(finding?.detail).toContain(`of flow schema ${level} in ${level} (concurrency-limit)`);
    expect(verdict.roots).toEqual([THROTTLED]);
  });
});
