/** Users who may see little: what was not seen is unknown and says why, it neither passes nor fails. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { applyLeftBehind } from './breaking/rollouts.ts';
import { makeUser } from './breaking/users.ts';
import { test } from './fixture.ts';

const SERVICE_CHECKS = ['service/no-endpoints', 'service/scaled-to-zero', 'service/selector-mismatch'];

describe('a Service that lost its pods', () => {
  test.for([
    { may: ['pods'], blamed: 'list:services' },
    { may: ['services'], blamed: 'list:pods' },
    { may: ['pods', 'services'], blamed: 'list:apps/deployments' },
    { may: ['pods', 'services', 'endpointslices'], blamed: 'list:apps/deployments' },
  ])(
    'is neither well nor broken to who may list only $may',
    async ({ may, blamed }, { kube, kubeconfig, namespace, dir, cli, diagnose }) => {
      await applyLeftBehind(kube, namespace, 'payment');
      const poor = await makeUser(kube, kubeconfig, dir, namespace, {
        rules: [{ apiGroups: ['', 'discovery.k8s.io'], resources: may, verbs: ['list'] }],
      });
      const file = join(dir, 'poor.tar.gz');
      await cli(['capture', '--kubeconfig', poor, '-o', file, '--quiet']);
      const { verdict, code } = await diagnose(file, '--strict');
      expect(code).toBe(3);
      expect(verdict.findings).toEqual([]);
      expect(verdict.errors).toEqual([]);
      const gaps = new Set(verdict.gaps.map(({ key }) => key));
      for (const id of SERVICE_CHECKS) {
        expect(verdict.checks.find((check) => check.id === id)).toMatchObject({
          outcome: 'unknown',
          failed: 0,
          passed: 0,
        });
        const because = verdict.unknown.filter(({ check }) => check === id).map((one) => one.because);
        expect(because.filter((key) => !gaps.has(key))).toEqual([]);
        expect(because).not.toEqual([]);
      }
      expect(verdict.unknown.map(({ because }) => because.replace(/@.*/, ''))).toContain(blamed);
      for (const path of verdict.paths) expect(path.layers.service).toBe('unknown');
    },
  );

  test('is found by who may list what it takes in this namespace alone', async ({
    kube,
    kubeconfig,
    namespace,
    dir,
    cli,
    diagnose,
  }) => {
    await applyLeftBehind(kube, namespace, 'payment');
    const poor = await makeUser(kube, kubeconfig, dir, namespace, {
      rules: [
        {
          apiGroups: ['', 'apps', 'discovery.k8s.io'],
          resources: ['pods', 'services', 'endpointslices', 'deployments', 'replicasets'],
          verbs: ['list'],
        },
      ],
    });
    const file = join(dir, 'poor.tar.gz');
    await cli(['capture', '--kubeconfig', poor, '-o', file, '--quiet']);
    const { verdict } = await diagnose(file);
    expect(verdict.roots).toEqual([`service/selector-mismatch:Service/${namespace}/payment`]);
    expect(verdict.gaps).not.toEqual([]);
  });
});
