// Tests against real clusters: as many files at once as there are labs, and each has its lab to itself, for some break it.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';
import { testLabs } from './test-labs.ts';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/lab/**/*.lab.test.ts'],
    globalSetup: [join(import.meta.dirname, 'global-setup.ts')],
    setupFiles: [join(import.meta.dirname, 'worker-setup.ts')],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    maxWorkers: testLabs().length,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
});
