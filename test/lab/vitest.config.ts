// Tests against the real cluster, one after another: they share it, and some of them break it.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/lab/**/*.lab.test.ts'],
    globalSetup: [join(import.meta.dirname, 'global-setup.ts')],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
});
