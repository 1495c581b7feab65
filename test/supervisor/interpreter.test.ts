import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseInterpreter } from '../../src/supervisor/interpreter.ts';
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
