/** Ends a run with one line that people and scripts can read: `N passed, N failed`. */
import type { Reporter, TestModule } from 'vitest/node';
import { SEED } from './sample.ts';

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A file that does not load, or whose preparation fails, has no test that fails.
    const broken = modules.filter(
      (module) => module.state() === 'failed' && ![...module.children.allTests('failed')].length,
    );
    const failed = count('failed') + broken.length + errors.length;
    const skipped = count('skipped');
    process.stdout.write(
      `Of some tables a third was tried, by the day: FDL_TEST_DAY=${SEED} tries the same, FDL_TEST_ALL=1 all.\n`,
    );
    process.stdout.write(
      `${skipped > 0 ? `${skipped} skipped\n` : ''}${count('passed')} passed, ${failed} failed\n`,
    );
  }
}
