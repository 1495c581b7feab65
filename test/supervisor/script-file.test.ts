import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptCommand } from '../../src/supervisor/interpreter.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

describe('the interpreter of a script', () => {
  it.each([
    ['#!/bin/bash', ['/bin/bash']],
    ['#! /bin/bash', ['/bin/bash']],
    ['#!\t/usr/bin/python3 -u ', ['/usr/bin/python3', '-u']],
    ['#!/usr/bin/env -S bash -e -x', ['/usr/bin/env', '-S bash -e -x']],
    ['#!/usr/bin/awk -f', ['/usr/bin/awk', '-f']],
    ['echo hi', ['/bin/sh']],
    ['', ['/bin/sh']],
    ['#!', ['/bin/sh']],
    [' #!/bin/bash', ['/bin/sh']],
    ['# !/bin/bash', ['/bin/sh']],
  ])('%j asks for %j', (line, interpreter) => {
    const file = path.join(temporaryFolder(), 'script');
    writeFileSync(file, `${line}\n`);
    expect(scriptCommand(file, () => file)).toMatchObject({ interpreter });
  });
});

describe('scriptCommand', () => {
  function command(content: string | Buffer) {
    const folder = temporaryFolder();
    const file = path.join(folder, 'script');
    writeFileSync(file, content);
    const plain = path.join(folder, 'plain');
    return { file, plain, command: scriptCommand(file, () => plain) };
  }

  it('takes a plain script where it is', () => {
    const { file, command: found } = command('#!/bin/bash\necho a\r\n');
    expect(found).toEqual({ kind: 'script', path: file, interpreter: ['/bin/bash'] });
  });

  it.each([
    ['#!/bin/bash\r\necho ü\r\nexit 3\r\n', ['/bin/bash'], '#!/bin/bash\necho ü\nexit 3\n'],
    ['echo a\r\n', ['/bin/sh'], 'echo a\n'],
    ['\ufeff#!/bin/bash -e\necho a\n', ['/bin/bash', '-e'], '#!/bin/bash -e\necho a\n'],
  ])('gives %j plain line ends', (content, interpreter, expected) => {
    const { plain, command: found } = command(content);
    expect(found).toEqual({ kind: 'script', path: plain, interpreter });
    expect(readFileSync(plain, 'utf8')).toBe(expected);
  });

  it('keeps bytes that are no text', () => {
    const { plain } = command(Buffer.from([0x61, 0x0d, 0x0a, 0xff, 0x00, 0x0d, 0x0a]));
    expect(readFileSync(plain)).toEqual(Buffer.from([0x61, 0x0a, 0xff, 0x00, 0x0a]));
  });

  it('leaves a script of one line without an end alone', () => {
    const { file, command: found } = command('echo a');
    expect(found).toMatchObject({ path: file });
  });

  it('says which script is missing', () => {
    const missing = path.join(temporaryFolder(), 'nothing.sh');
    expect(() => scriptCommand(missing, () => '')).toThrow(
      expect.objectContaining({ code: 'script-not-found', message: expect.stringContaining(missing) }),
    );
  });
});
