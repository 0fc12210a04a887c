import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    // Bounds against a hang, not expectations: machines are shared and slow.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    globalSetup: ['test/support/s3/globalSetup.ts'],
  },
});
