import { defineConfig } from 'vitest/config';

/** `unit` is fast and needs nothing but Node; `e2e` runs the built binary and the stand-ins of clouds. */
export default defineConfig({
  test: {
    globalSetup: ['test/build.ts'],
    reporters: ['default', './test/reporter.ts'],
    projects: [
      {
        extends: true,
        // Unit tests keep to themselves, and a process for each file would take most of the time.
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**'], isolate: false },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 180_000 },
      },
    ],
  },
});
