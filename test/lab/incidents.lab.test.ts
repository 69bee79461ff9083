/** Every incident of samples/: caused for real, captured, diagnosed from the file alone. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verdictSchema } from '../../analyze/model/verdict.ts';
import { differences } from '../support/expected.ts';
import { labNamed } from './cluster/lab.ts';
import { incidents } from './incidents/registry.ts';
import { record } from './incidents/play.ts';
import { connect } from './kube.ts';

const lab = labNamed();
const kube = connect(lab.kubeconfig);
const work = mkdtempSync(join(tmpdir(), 'inquest-incidents-'));

afterAll(() => {
  kube.close();
  rmSync(work, { recursive: true, force: true });
});

describe('incidents', () => {
  it.each(incidents.map((incident) => [incident.name, incident] as const))(
    '%s is diagnosed as what was done',
    async (name, incident) => {
      const file = join(work, `${name}.tar.gz`);
      const namespace = `${name.slice(0, 20)}-${randomBytes(3).toString('hex')}`;
      const recording = await record(kube, lab.kubeconfig, incident, namespace, file);
      console.log(`${name}: captured in ${recording.captureSeconds.toFixed(1)} s`);
      const answer = await diagnose(file);
      expect(differences(verdictSchema.parse(JSON.parse(answer.stdout)), recording.expected)).toEqual([]);
      expect(answer.code).toBe(1);
    },
    240_000,
  );
});

/** The built program's verdict and exit code, with `--fail-on critical`. */
async function diagnose(file: string): Promise<{ code: number; stdout: string }> {
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['dist/src/cli/main.js', 'diagnose', file, '--json', '--fail-on', 'critical'],
      { maxBuffer: 64 << 20, env: { ...process.env, XDG_CACHE_HOME: work } },
      (error, stdout) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
    );
  });
}
