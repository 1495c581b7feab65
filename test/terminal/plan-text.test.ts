import { describe, expect, it } from 'vitest';
import type { PlannedAction } from '../../src/deploy/action.ts';
import { type Outcome, type Report, reportOf } from '../../src/deploy/outcome.ts';
import type { Plan } from '../../src/deploy/plan.ts';
import { Secret } from '../../src/secret.ts';
import {
  eventText,
  leftoversText,
  type PlanView,
  planText,
  reportText,
} from '../../src/terminal/plan-text.ts';
import { plain, type Style } from '../../src/terminal/style.ts';

const marked: Style = (colour, text) => `${colour}(${text})`;
const NONE = { create: 0, update: 0, replace: 0, delete: 0, keep: 0, unknown: 0 };

function action(
  name: PlannedAction['action'],
  id: string,
  changes: PlannedAction['changes'] = [],
): PlannedAction {
  return { action: name, kind: 'local/step', id: `local/shop/step/${id}`, changes };
}

function planOf(actions: readonly PlannedAction[], summary: Partial<Plan['summary']>): Plan {
  return { workflow: 'shop', actions, summary: { ...NONE, ...summary } } as Plan;
}

describe('a plan', () => {
  it('shows what changes, then the numbers', () => {
    const changes = [
      { path: 'script', before: 'aaa', after: 'bbb' },
      { path: 'image', before: undefined, after: 'x'.repeat(100), replace: true as const },
      { path: 'token', before: 'plain', after: new Secret('hidden') },
    ];
    const actions = [
      action('create', 'lab/new'),
      action('replace', 'old', changes),
      action('delete', 'gone'),
      action('keep', 'same'),
    ];
    expect(planText(planOf(actions, { create: 1, replace: 1, delete: 1, keep: 1 }), plain)).toBe(
      [
        'shop',
        '  + step lab/new',
        '  ± step old',
        '      script: "aaa" → "bbb"',
        `      image: (none) → "${'x'.repeat(59)}… (replaces)`,
        '      token: "(secret)" → "(secret)"',
        '  - step gone',
        '1 to create, 1 to replace, 1 to delete, 1 unchanged.',
      ].join('\n'),
    );
  });

  it('names what could not be read, why, and what waits for it', () => {
    const error = { code: 'x', message: 'cluster down', hint: 'Start it.' };
    const actions = [
      { ...action('unknown', 'lost'), unknown: { error } },
      { ...action('unknown', 'user'), unknown: { waitsFor: 'local/shop/step/lost' } },
      action('keep', 'same'),
    ];
    expect(planText(planOf(actions, { unknown: 2, keep: 1 }), plain)).toBe(
      [
        'shop',
        '  ? step lost',
        '      cluster down',
        '      hint: Start it.',
        '  ? step user',
        '      waits for lost, which could not be read',
        '2 unknown, 1 unchanged.',
      ].join('\n'),
    );
  });

  it('names what the file does not, and what could not be listed', () => {
    expect(leftoversText({ orphans: [], unlisted: [] }, plain)).toBeUndefined();
    const error = { code: 'x', message: 'denied' };
    const unlisted = [{ kind: 'local/bucket', error }];
    expect(leftoversText({ orphans: [action('delete', 'old')], unlisted }, plain)).toBe(
      [
        '1 resource of this workflow that the file does not name (--prune deletes it):',
        '  ! step old',
        'Whether there are more of the kind bucket is not known: denied',
      ].join('\n'),
    );
  });

  it('says where it goes, and what things are like, wrapped between phrases', () => {
    const describe = () => ({ lines: [['image busybox:1.37', 'memory 512 MB', 'timeout 30 s']] });
    const targets = [{ provider: 'aws', text: 'AWS account 123456789012, region eu-west-1' }];
    const changes = [{ path: 'name', before: undefined, after: 'x'.repeat(70) }];
    const plan = planOf([action('create', 'new', changes)], { create: 1 });
    const head = ['shop', '  on AWS account 123456789012, region eu-west-1', '  + step new'];
    const lines = (view: PlanView) =>
      planText(plan, plain, { targets, describe, ...view })
        .split('\n')
        .slice(0, -1);
    expect(lines({})).toEqual([...head, '      image busybox:1.37, memory 512 MB, timeout 30 s']);
    expect(lines({ room: 45 }).slice(2)).toEqual([
      '  + step new',
      '      image busybox:1.37, memory 512 MB,',
      '        timeout 30 s',
    ]);
    expect(lines({ verbose: true }).at(-1)).toBe(`      name: "${'x'.repeat(70)}"`);
  });

  it('hides secrets before a line or a value is cut, so that no beginning of one is shown', () => {
    const secret = 'k'.repeat(100);
    const mask = (text: string) => text.replaceAll(secret, '(secret)');
    const changes = [
      { path: 'script', before: '#!/bin/sh\ndate\n', after: `#!/bin/sh\nlogin ${secret}\n` },
      { path: 'label', before: 'none', after: `of ${secret}` },
    ];
    const describe = () => ({ lines: [[`may read s3://${secret}`]] });
    const plan = planOf([action('update', 'old', changes)], { update: 1 });
    expect(planText(plan, plain, { describe, mask, room: 60 }).split('\n').slice(2, -1)).toEqual([
      '      script: 2 lines now, 1 new, 1 gone',
      '        - date',
      '        + login (secret)',
      '      label: "none" → "of (secret)"',
      '      may read s3://(secret)',
    ]);
  });

  it('shows a changed script line by line, and not more than a few of them', () => {
    const text = (count: number) =>
      `#!/bin/sh\n${Array.from({ length: count }, (_, n) => `echo ${n}\n`).join('')}`;
    const shown = (before: string, after: string, view: PlanView = {}) =>
      planText(
        planOf([action('update', 'old', [{ path: 'script', before, after }])], { update: 1 }),
        plain,
        view,
      )
        .split('\n')
        .slice(2, -1);
    expect(shown(text(2), text(2).replace('echo 1', 'date'))).toEqual([
      '      script: 3 lines now, 1 new, 1 gone',
      '        - echo 1',
      '        + date',
    ]);
    const long = shown(text(0), text(42));
    expect([long.length, long.at(-1)]).toEqual([14, '        … 30 more lines']);
    expect(shown(text(0), text(42), { verbose: true })).toHaveLength(43);
    const wide = shown(text(0), `#!/bin/sh\necho ${'x'.repeat(200)}\n`, { room: 40 });
    expect(wide.every((line) => line.length <= 40)).toBe(true);
  });

  it('shows what a change means rather than digests, and nothing of what tidies up', () => {
    const changes = [
      { path: 'script', before: 'aaa', after: 'bbb' },
      { path: 'tag', before: 'upper-1', after: 'upper-2' },
    ];
    const keep = [{ path: 'keep[3]', before: undefined, after: 'known later' }];
    const plan = planOf([action('update', 'own', changes), action('update', 'inner', keep)], { update: 2 });
    const describe = ({ id }: PlannedAction) =>
      id.endsWith('inner')
        ? { lines: [['old images are deleted']], isInner: true }
        : { lines: [['made anew']], told: ['tag'], wordings: { script: { before: 'cat', after: 'date' } } };
    expect(planText(plan, plain, { describe })).toBe(
      [
        'shop',
        '  ~ step own',
        '      script: cat → date',
        '      made anew',
        '  old images are deleted',
        '1 to update, 0 unchanged.',
      ].join('\n'),
    );
  });

  it('shows what a removal leaves', () => {
    const stays = { ...action('keep', 'full'), stays: 'has 12 files; --delete-data removes it' };
    const may = { ...action('delete', 'other'), stays: 'if there are files in it' };
    const text = (room: number) => planText(planOf([stays, may], {}), plain, { room }).split('\n');
    expect(text(80)).toEqual([
      'shop',
      '  = step full: stays, has 12 files; --delete-data removes it',
      '  - step other: stays if there are files in it',
      '1 to delete, 1 stays.',
    ]);
    expect(text(50).slice(1, 3)).toEqual([
      '  = step full',
      '      stays, has 12 files; --delete-data removes it',
    ]);
  });

  it('says when nothing changes', () => {
    const two = planOf([action('keep', 'same'), action('keep', 'inner')], { keep: 2 });
    const describe = ({ id }: PlannedAction) => ({ lines: [], isInner: id.endsWith('inner') });
    expect(planText(two, plain, { describe })).toBe('shop\nNo changes: 1 resource as described.');
    expect(planText(planOf([action('keep', 'same')], { keep: 1 }), marked)).toBe(
      'bold(shop)\ngreen(No changes: 1 resource as described.)',
    );
  });
});

const OUTCOME: Outcome = {
  action: 'create',
  kind: 'local/bucket',
  id: 'local/shop/bucket/s3.default/b',
  status: 'done',
};
const finished = (changes: Partial<Outcome>) =>
  eventText({ type: 'finished', outcome: { ...OUTCOME, ...changes }, elapsedMs: 0 }, plain);

describe('what goes on while a plan is carried out', () => {
  it('names the resource', () => {
    const subject = { action: 'create', kind: 'local/bucket', id: OUTCOME.id } as const;
    expect(eventText({ type: 'started', subject }, plain)).toBe('bucket s3.default/b');
    expect(eventText({ type: 'progress', subject, message: 'waiting', elapsedMs: 1 }, plain)).toBe(
      'bucket s3.default/b: waiting',
    );
  });

  it('says what became of it, and why', () => {
    expect(finished({})).toBe('✓ created bucket s3.default/b');
    expect(finished({ action: 'delete' })).toBe('✓ deleted bucket s3.default/b');
    expect(finished({ status: 'kept', reason: 'it has files' })).toBe(
      '= kept bucket s3.default/b: it has files',
    );
    const error = { code: 'x', message: 'no space', hint: 'Make some.' };
    expect(finished({ status: 'failed', error })).toBe(
      '✗ bucket s3.default/b failed: no space\n    hint: Make some.',
    );
    expect(finished({ status: 'skipped', reason: 'history failed' })).toBe(
      '✗ bucket s3.default/b skipped: history failed',
    );
  });
});

describe('the report', () => {
  const report = (outcomes: readonly Partial<Outcome>[], aborted = false): Report => {
    const all = outcomes.map((each, index) => ({ ...OUTCOME, id: `local/shop/bucket/${index}`, ...each }));
    return reportOf('shop', all, aborted);
  };

  it('counts what was done, without what tidies up', () => {
    const done = report([{}, {}, { action: 'keep', status: 'kept' }]);
    expect(reportText(done, marked)).toBe('green(2 created, 1 unchanged.)');
    expect(reportText(done, plain, new Set(['local/shop/bucket/1']))).toBe('1 created, 1 unchanged.');
    expect(reportText(report([]), plain)).toBe('nothing to do.');
  });

  it('is red where something failed, or was interrupted', () => {
    const failed = report([{}, { status: 'failed' }, { status: 'skipped' }, { status: 'skipped' }]);
    const text = 'red(1 created, 1 failed, 2 skipped.)';
    expect(reportText(failed, marked, new Set(['local/shop/bucket/1']))).toBe(text);
    const cancelled = report([{ status: 'cancelled' }], true);
    expect(reportText(cancelled, marked)).toBe('red(Interrupted: 1 cancelled.)');
  });
});
