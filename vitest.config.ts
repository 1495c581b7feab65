import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import SlowFirst from './test/sequencer.ts';

/** What needs nothing but Node, but servers and processes, and too much time to be in the quick gate. */
const WIRE = [
  'test/standins/**/*.test.ts',
  'test/corpus/oscar-services.test.ts',
  'test/providers/oscar/deploy.test.ts',
  'test/commands/completion.test.ts',
  'test/fdl/hostile.test.ts',
  'test/image/lying-registry.test.ts',
  'test/package/action.test.ts',
  'test/providers/aws/api/errors.test.ts',
  'test/providers/removal-graph.test.ts',
  'test/session/agreement.test.ts',
  'test/start.test.ts',
  'test/storage/key-files.test.ts',
  'test/storage/s3/index.test.ts',
  'test/supervisor/hosts/*.test.ts',
  'test/supervisor/p*.test.ts',
];

/**
 * `unit` is fast and needs nothing but Node; `e2e` runs the built binary and the stand-ins of clouds. Files of
 * either keep to themselves, and share processes: loading the SDK of AWS and starting servers anew for each file would take
 * much of the time.
 */
export default defineConfig({
  test: {
    // Once for the whole run: projects do not extend this, or each would build again.
    globalSetup: ['test/build.ts', 'test/run-folder.ts'],
    sequence: { sequencer: SlowFirst },
    reporters: ['default', './test/reporter.ts'],
    projects: [
      {
        // Unit tests keep to themselves, and a process for each file would take most of the time.
        test: {
          name: 'unit',
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', ...WIRE],
          isolate: false,
          // A loaded machine is no failure.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          // Much of the time is spent waiting for processes and servers.
          maxWorkers: Math.max(5, availableParallelism() - 1),
          sequence: { groupOrder: 2 },
          include: ['test/e2e/**/*.test.ts', ...WIRE],
          isolate: false,
          // Whatever is sent to the stand-in of AWS is judged.
          globalSetup: ['test/standins/aws/judges/policy-server.ts', 'test/standins/moto-source.ts'],
          setupFiles: ['test/standins/aws/judges/each-test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
