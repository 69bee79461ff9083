/** The offline suite: no root, no network, no cluster. The lab's suite has a configuration of its own. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/lab/**', 'node_modules/**', 'dist/**'],
    testTimeout: 20_000,
    // Most of what takes long waits (for a deadline, a terminal, a silent line): one more at a time than there are cores.
    maxWorkers: availableParallelism() + 1,
    env: { NO_COLOR: '1', TZ: 'UTC' },
  },
});
