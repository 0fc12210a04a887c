import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    // Most of a run is waiting for processes: two at a time also on two cores.
    maxWorkers: 2,
    // Bounds against a hang, not expectations: machines are shared and slow.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    globalSetup: ['test/support/s3/globalSetup.ts'],
  },
});
