import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readElf } from '../../../src/image/runtime/elf.ts';
import { craftElf } from '../elf.ts';

const at = (bytes: Buffer) => async (position: number, length: number) =>
  bytes.subarray(position, position + length);

describe('readElf', () => {
  it.skipIf(process.platform !== 'linux')('knows what this Node needs, as the loader does', async () => {
    const file = await open(process.execPath);
    const elf = await readElf(async (position, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    });
    await file.close();
    expect(elf?.architecture).toBe(process.arch === 'arm64' ? 'arm64' : 'x86_64');
    const listed = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
    for (const name of [...(elf?.needed ?? []), elf?.loader]) expect(listed).toContain(name);
    expect(elf?.needed.join()).toContain('libc.');
  });

  it.each([
    ['x86_64', 62],
    ['arm64', 183],
    [undefined, 243],
  ])('reads a program for %s', async (architecture, machine) => {
    const needed = ['libc.so.6', 'libm.so.6'];
    const bytes = craftElf({ machine, loader: '/lib/ld-linux.so.1', needed });
    expect(await readElf(at(bytes))).toEqual({
      ...(architecture && { architecture }),
      loader: '/lib/ld-linux.so.1',
      needed,
    });
  });

  it('reads a library, and a program without any', async () => {
    expect(await readElf(at(craftElf({ needed: ['libc.so.6'] })))).toEqual({
      architecture: 'x86_64',
      needed: ['libc.so.6'],
    });
    expect(await readElf(at(craftElf({ needed: [] })))).toEqual({ architecture: 'x86_64', needed: [] });
  });

  it('is no other file', async () => {
    const elf = craftElf({ needed: [] });
    const of32Bits = Buffer.from(elf);
    of32Bits[4] = 1;
    for (const bytes of [Buffer.from('#!/bin/sh\n'), Buffer.alloc(0), of32Bits, elf.subarray(0, 63)]) {
      expect(await readElf(at(bytes))).toBeUndefined();
    }
  });

  it('survives tables that lead nowhere', async () => {
    const bytes = craftElf({ needed: ['libc.so.6'] });
    for (let position = 64; position < bytes.length; position += 8) {
      const broken = Buffer.from(bytes);
      broken.fill(0xff, position, Math.min(position + 8, bytes.length));
      await expect(readElf(at(broken))).resolves.toBeDefined();
    }
  });
});
