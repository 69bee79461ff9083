/** Each recorded incident is diagnosed as what was really done to the cluster. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openAnalysis } from '../../analyze/analysis.ts';
import { differences, expectedSchema } from '../support/expected.ts';
import { ROOT } from '../support/sources.ts';

const samples = readdirSync(join(ROOT, 'samples')).filter((name) => existsSync(join(ROOT, 'samples', name, 'expected.json')));
const cacheDir = mkdtempSync(join(tmpdir(), 'inquest-samples-'));

afterAll(() => {
  rmSync(cacheDir, { recursive: true, force: true });
});

describe('samples', () => {
  it('are there', () => {
    expect(samples).toEqual(expect.arrayContaining(['readiness-on-dependency', 'selector-mismatch', 'target-port-rollout']));
  });

  it.each(samples)('%s', async (name) => {
    const folder = join(ROOT, 'samples', name);
    const expected = expectedSchema.parse(JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')));
    const analysis = await openAnalysis(join(folder, 'bundle.tar.gz'), { cacheDir });
    try {
      expect(differences(analysis.verdict, expected)).toEqual([]);
      expect(readFileSync(join(folder, 'story.md'), 'utf8')).toMatch(/^# .+/);
    } finally {
      analysis.close();
    }
  });
});
