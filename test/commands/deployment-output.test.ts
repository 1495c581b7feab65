import { describe, expect, it } from 'vitest';
import { noteBesides, printReport } from '../../src/commands/apply.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import { reportOf } from '../../src/deploy/outcome.ts';
import type { CarriedOut, Deployment } from '../../src/session/deployment.ts';
import { createTerminal } from '../../src/terminal/terminal.ts';
import { madeUpWorld, planFor, thing } from '../deploy/made-up.ts';
import { step, workflowOf } from '../providers/made-up-provider.ts';
import { problemWithOutput } from './json-documents.ts';

/** A terminal that keeps what it is told. */
function recorded(json: boolean) {
  const texts = { out: '', note: '' };
  const stream = (to: 'out' | 'note') => ({
    write: (text: string) => {
      texts[to] += text;
    },
  });
  const streams = { stdin: {}, stdout: stream('out'), stderr: stream('note') };
  const terminal = createTerminal(streams as unknown as Parameters<typeof createTerminal>[0], {}, { json });
  return { texts, context: { terminal } as CommandContext };
}

async function deployment(): Promise<Deployment> {
  const world = madeUpWorld();
  world.things.set('old', { kind: 'made/part', owner: 'demo', attrs: {} });
  const plan = await planFor(world, [thing('new')], { orphans: 'name' });
  const workflow = workflowOf([step('aws', 'web')]);
  return {
    workflow,
    kinds: world.kinds,
    plan,
    parameters: {},
    notes: ['web is open'],
    endpoint: () => undefined,
    targets: [],
    describe: () => undefined,
    diagnostics: [],
  };
}

const endpoints = [{ step: 'web', url: 'https://web' }];
const done = (aborted = false, status: 'done' | 'cancelled' = 'done'): CarriedOut => {
  const outcome = { action: 'create', kind: 'made/part', id: 'new', status } as const;
  return { report: reportOf('demo', [outcome], aborted), endpoints };
};

describe('what apply prints', () => {
  it('for people: the numbers, and the addresses', async () => {
    const { texts, context } = recorded(false);
    expect(printReport(context, await deployment(), done())).toBe(0);
    expect(texts).toEqual({ out: 'demo: 1 created.\nhttps://web  web\n', note: '' });
  });

  it('for programs: one document with addresses and what the file does not name', async () => {
    const { texts, context } = recorded(true);
    printReport(context, await deployment(), done());
    expect(problemWithOutput(['apply', '--json'], { code: 0, stdout: texts.out })).toBeUndefined();
    expect(JSON.parse(texts.out)).toMatchObject({
      workflow: 'demo',
      summary: { create: 1 },
      endpoints,
      orphans: [{ kind: 'made/part', id: 'old' }],
    });
  });

  it('ends with 130 when it was interrupted', async () => {
    expect(printReport(recorded(true).context, await deployment(), done(true, 'cancelled'))).toBe(130);
    expect(printReport(recorded(true).context, await deployment(), done(false, 'cancelled'))).toBe(1);
  });

  it('points out open addresses and what the file does not name', async () => {
    const { texts, context } = recorded(false);
    noteBesides(context, await deployment());
    expect(texts.note).toMatch(/^! web is open\n1 resource .*\n {2}! part old\n$/);
    expect(texts.out).toBe('');
  });
});
