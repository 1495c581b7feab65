import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LocalHome } from '../../../src/providers/local/home.ts';
import { type Line, openJournal, readJournal } from '../../../src/providers/local/journal.ts';
import { countLeft, isSettled, queueState, settle } from '../../../src/providers/local/queue-state.ts';
import { announced, ended, newHome, queued } from './samples.ts';

const A = queued('clean', 'a.txt');
const B = queued('clean', 'b.txt');
const NEXT = queued('plot', 'a.txt', { key: 'clean/a.txt' });

const end = (of: typeof A, next: readonly (typeof A)[] = []): Line => {
  return { type: 'ended', run: of.run, invocation: ended(of), next };
};
const start = ({ id }: typeof A, attempt = 1): Line => ({
  type: 'started',
  id,
  time: `t${attempt}`,
  attempt,
});

function journalWith(...lines: readonly Line[]): LocalHome {
  const home = newHome();
  append(home, ...lines);
  return home;
}

function append(home: LocalHome, ...lines: readonly Line[]): void {
  const journal = openJournal(home);
  for (const line of lines) journal.append(line);
  journal.close();
}

const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
const linesOf = (home: LocalHome) => [...readJournal(home)].map(({ line }) => line);

describe('the journal', () => {
  it('gives back what was written, with offsets in bytes', () => {
    const lines: readonly Line[] = [{ type: 'queued', queued: [queued('clean', 'ü ☃.txt')] }, start(A)];
    const home = journalWith(...lines);
    expect(linesOf(home)).toEqual(lines);
    const [first] = readJournal(home);
    expect([...readJournal(home, first?.end)].map(({ line }) => line)).toEqual([start(A)]);
    expect([...readJournal(home)].at(-1)?.end).toBe(statSync(home.journal).size);
  });

  it('is empty where there is none', () => {
    expect(linesOf(newHome())).toEqual([]);
  });

  it('reads lines that are longer than what is read at once', () => {
    const many = Array.from({ length: 3000 }, (_, index) => queued('clean', `${index}-☃.txt`));
    const home = journalWith({ type: 'queued', queued: many }, start(A));
    expect(statSync(home.journal).size).toBeGreaterThan(500_000);
    expect(linesOf(home)).toEqual([{ type: 'queued', queued: many }, start(A)]);
  });

  it('leaves out a line that a killed process left unfinished, and goes on behind it', () => {
    const home = journalWith({ type: 'queued', queued: [A] });
    appendFileSync(home.journal, JSON.stringify(end(A)).slice(0, 40));
    expect(linesOf(home)).toEqual([{ type: 'queued', queued: [A] }]);
    append(home, start(A));
    expect(linesOf(home)).toEqual([{ type: 'queued', queued: [A] }, start(A)]);
    expect(readFileSync(home.journal, 'utf8').split('\n')).toHaveLength(4);
    const said: string[] = [];
    appendFileSync(home.journal, '\nnull\n');
    expect([...readJournal(home, 0, (message) => said.push(message))]).toHaveLength(2);
    expect(said).toEqual([expect.stringContaining(`${home.journal}:2 cannot be read, and 1 more:`)]);
  });
});

describe('what a journal amounts to', () => {
  it('is what was queued and has not ended, with what its outputs trigger', () => {
    const seen: string[] = [];
    const home = journalWith({ type: 'queued', queued: [A, B] }, start(A), start(B), end(A, [NEXT]));
    const { pending, started } = queueState(home, ({ id }) => seen.push(id));
    expect(idsOf(pending)).toEqual([B.id, NEXT.id]);
    expect([...started]).toEqual([[B.id, 't1']]);
    expect(seen).toEqual([A.id]);
  });

  it('counts what was queued again after it ended', () => {
    const home = journalWith({ type: 'queued', queued: [A] }, end(A), { type: 'queued', queued: [A] });
    expect(idsOf(queueState(home).pending)).toEqual([A.id]);
  });

  it('counts inputs that were announced until they are queued or withdrawn', () => {
    const files = ['a.txt', 'b.txt', 'c.txt'].map((name) => announced(name));
    const [, , third = announced('c.txt')] = files;
    const home = journalWith({ type: 'announced', announced: files }, { type: 'queued', queued: [A] });
    expect(queueState(home).announced.map(({ key }) => key)).toEqual(['in/b.txt', 'in/c.txt']);
    append(home, { type: 'withdrawn', withdrawn: [third] });
    expect(queueState(home).announced.map(({ key }) => key)).toEqual(['in/b.txt']);
    expect(countLeft(queueState(home))).toBe(2);
  });

  it('does not take what another command announced for put', () => {
    const home = journalWith({ type: 'announced', announced: [announced('a.txt', { run: 'r2' })] });
    append(home, { type: 'queued', queued: [A] });
    expect(queueState(home).announced).toHaveLength(1);
  });
});

describe('the checkpoint', () => {
  it('is written when nothing is left, and spares reading what is behind it', () => {
    const home = journalWith({ type: 'queued', queued: [A] });
    settle(home, queueState(home));
    expect(existsSync(home.checkpoint)).toBe(false);
    append(home, end(A));
    expect(isSettled(home)).toBe(false);
    settle(home, queueState(home));
    expect(isSettled(home)).toBe(true);
    append(home, { type: 'queued', queued: [B] });
    const seen: string[] = [];
    expect(idsOf(queueState(home, ({ id }) => seen.push(id)).pending)).toEqual([B.id]);
    expect(seen).toEqual([]);
    expect(isSettled(home)).toBe(false);
  });

  it('stays where it was when nothing was done since', () => {
    const home = journalWith({ type: 'queued', queued: [A] }, end(A));
    settle(home, queueState(home));
    settle(home, queueState(home));
    expect(isSettled(home)).toBe(true);
    append(home, { type: 'queued', queued: [B] });
    expect(idsOf(queueState(home).pending)).toEqual([B.id]);
  });

  it('does not pass over what another process appends while it is written, not even a part of a line', () => {
    const home = journalWith({ type: 'queued', queued: [A] }, end(A));
    const before = queueState(home);
    append(home, { type: 'queued', queued: [B] });
    settle(home, before);
    expect(idsOf(queueState(home).pending)).toEqual([B.id]);
    append(home, end(B));
    const text = `${JSON.stringify({ type: 'queued', queued: [NEXT] })}\n`;
    appendFileSync(home.journal, text.slice(0, 25));
    settle(home, queueState(home));
    appendFileSync(home.journal, text.slice(25));
    expect(idsOf(queueState(home).pending)).toEqual([NEXT.id]);
  });

  it('of another journal, or one that cannot be read, does not count', () => {
    const home = journalWith(...Array.from({ length: 20 }, () => start(A)), { type: 'queued', queued: [] });
    settle(home, queueState(home));
    rmSync(home.journal);
    append(home, { type: 'queued', queued: [B] });
    expect(idsOf(queueState(home).pending)).toEqual([B.id]);
    expect(isSettled(home)).toBe(false);
    writeFileSync(home.checkpoint, '{');
    expect(idsOf(queueState(home).pending)).toEqual([B.id]);
  });
});
