import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseInterpreter, scriptCommand } from '../../src/supervisor/interpreter.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

function programs() {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'bin'));
  const bash = path.join(folder, 'bin/mybash');
  writeFileSync(bash, '');
  chmodSync(bash, 0o755);
  writeFileSync(path.join(folder, 'bin/plainfile'), '');
  return { bash, search: `${folder}/nothing:${folder}/bin`, folder };
}

describe('chooseInterpreter', () => {
  it('takes the program that is named, with its argument', () => {
    const { bash } = programs();
    expect(chooseInterpreter([bash], '')).toEqual({ argv: [bash] });
    expect(chooseInterpreter([bash, '-e -x'], '')).toEqual({ argv: [bash, '-e -x'] });
  });

  it.each([
    ['mybash', []],
    ['-S mybash -e -x', ['-e', '-x']],
    ['-Smybash', []],
    ['--split-string=mybash -e', ['-e']],
  ])('looks up what env is to find: %s', (argument, rest) => {
    const { bash, search } = programs();
    expect(chooseInterpreter(['/usr/bin/env', argument], search)).toEqual({ argv: [bash, ...rest] });
  });

  it.each(['-i mybash', 'A=1 mybash', '-S A=1 mybash', '-S mybash "a b"', '-S mybash $HOME', '-u X mybash'])(
    'leaves to env what only env can do: %s',
    (argument) => {
      const { bash, search } = programs();
      const interpreter = [bash.replace('mybash', 'env'), argument];
      writeFileSync(interpreter[0] ?? '', '');
      chmodSync(interpreter[0] ?? '', 0o755);
      expect(chooseInterpreter(interpreter, search)).toEqual({ argv: interpreter });
    },
  );

  it.each([
    ['/no/such/bash', undefined, '/no/such/bash', ['/bin/sh']],
    ['/no/such/bash', '-eu', '/no/such/bash', ['/bin/sh', '-eu']],
    ['/usr/bin/env', '-S /no/such/bash -e -x', '/no/such/bash', ['/bin/sh', '-e', '-x']],
    ['/usr/bin/env', '-S /no/such/bash --norc', '/no/such/bash', undefined],
    ['/usr/bin/env', 'pythonn', 'pythonn', undefined],
    ['/usr/bin/env', 'plainfile', 'plainfile', undefined],
    ['/no/such/python3', undefined, '/no/such/python3', undefined],
  ])('only lets sh take the place of bash: %s %s', (program, argument, missing, argv) => {
    const { search } = programs();
    const interpreter = argument === undefined ? [program] : [program, argument];
    expect(chooseInterpreter(interpreter, search)).toEqual({ missing, ...(argv && { argv }) });
  });

  it('needs no env to be there', () => {
    const { bash, search } = programs();
    expect(chooseInterpreter(['/no/such/env', 'mybash'], search)).toEqual({ argv: [bash] });
  });
});

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
