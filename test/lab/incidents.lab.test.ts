/** Every incident, played on the real cluster and captured with the built program, is diagnosed as what was done. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { differences } from '../support/expected.ts';
import { test } from './fixture.ts';
import { record } from './incidents/play.ts';
import { incidents } from './incidents/registry.ts';

describe('incidents', () => {
  test.for(incidents.map((incident) => [incident.name, incident] as const))(
    '%s is diagnosed as what was done',
    { timeout: 480_000 },
    async ([name, incident], { kube, kubeconfig, dir, diagnose }) => {
      const file = join(dir, `${name}.tar.gz`);
      const namespace = `${name.slice(0, 20)}-${randomBytes(3).toString('hex')}`;
      const recording = await record(kube, kubeconfig, incident, namespace, file);
      const { verdict, code } = await diagnose(file, '--fail-on', 'critical');
      expect(differences(verdict, recording.expected)).toEqual([]);
      expect(code).toBe(1);
    },
  );
});
