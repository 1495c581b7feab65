/** The order of test files: what takes long comes first, so that no worker is left with it at the end. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of `e2e` by the time they take, the longest first: one a line. Others, and all of `unit`, come behind. */
const ORDER = readFileSync(new URL('./slow-first.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => this.rank(a) - this.rank(b));
  }

  private rank({ project, moduleId }: TestSpecification): number {
    if (project.name === 'unit') return ORDER.length + 1;
    const at = ORDER.indexOf(path.relative(this.ctx.config.root, moduleId));
    return at < 0 ? ORDER.length : at;
  }
}
