import { describe, expect, it } from 'vitest';
import { queryVariables } from '../../src/supervisor/event-query.ts';

describe('queryVariables', () => {
  it.each([
    'PATH',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'LD_AUDIT',
    'GLIBC_TUNABLES',
    'BASH_ENV',
    'ENV',
    'BASH_FUNC_x%%',
    'IFS',
    'PS4',
    'NODE_OPTIONS',
    'NODE_PATH',
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'PERL5OPT',
    'RUBYOPT',
    'JAVA_TOOL_OPTIONS',
    'CLASSPATH',
    'GIT_SSH_COMMAND',
    'HTTP_PROXY',
    'https_proxy',
    'SSL_CERT_FILE',
    'AWS_ACCESS_KEY_ID',
    'AWS_LAMBDA_REQUEST_ID',
    'FDL_STORES',
    'INPUT_FILE_PATH',
    'TMP_OUTPUT_DIR',
    'EVENT',
    'HOME',
    'SHELL',
    'TMPDIR',
    '__proto__',
    'a-b',
    'a b',
    '1a',
    '',
    'a=b',
    'ü',
    'a\nb',
  ])('%j is not passed on', (name) => {
    const variables = queryVariables(JSON.parse(`{${JSON.stringify(name)}: "x"}`));
    expect(variables.environment).toEqual({});
    expect(variables.notes).toEqual([
      `the query parameter ${JSON.stringify(name)} is not passed on to the script`,
    ]);
  });

  it.each([
    'THRESHOLD',
    'model',
    'user',
    'path',
    'goal',
    'GOAL',
    'R_VALUE',
    'PERLIN',
    'NODES',
    'a1_B2',
    'LESSON',
  ])('%s is passed on', (name) => {
    expect(queryVariables({ [name]: 'x y' })).toEqual({ environment: { [name]: 'x y' }, notes: [] });
  });

  it.each([null, undefined, 'x', [], { a: 1, b: null }])('%j holds no parameters', (parameters) => {
    expect(queryVariables(parameters)).toEqual({ environment: {}, notes: [] });
  });

  it('refuses values that no variable can have', () => {
    expect(queryVariables({ a: 'x\0y' }).environment).toEqual({});
  });
});
