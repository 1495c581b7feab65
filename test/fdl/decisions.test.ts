import { describe, expect, test } from 'vitest';
import { matters } from '../../src/workflow/read.ts';
import { ALL } from './decisions/all.ts';
import { brief, readText } from './read-text.ts';

describe('how fdl reads', () => {
  test.each(ALL.map((each) => [each.what, each] as const))('%s', async (_, decision) => {
    const { workflow, diagnostics: all } = await readText(decision.fdl, decision.in);
    const diagnostics = all.filter((each) => matters(each, 'cloud'));
    expect(diagnostics.map(brief)).toEqual(decision.findings ?? []);
    const said = diagnostics.map(({ message, hint }) => `${message} ${hint}`).join('\n');
    if (decision.says !== undefined) expect(said).toContain(decision.says);
    const mustBeValid = diagnostics.every(({ severity }) => severity === 'warning');
    expect(workflow !== undefined).toBe(mustBeValid);
    if (workflow) expect(decision.read?.(workflow)).toEqual(decision.gives);
    else expect(decision.read).toBeUndefined();
  });
});
