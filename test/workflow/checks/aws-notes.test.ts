import { describe } from 'vitest';
import { onAws } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

describe('what is left of how SCAR packaged functions', () => {
  finds('runtime-without-effect', undefined, [
    ['a runtime of Python', onAws('runtime: python3.7'), ['8:16'], 'deployed as a container image'],
    ['images are what there is', onAws('runtime: Image'), []],
    ['nothing said', onAws(), []],
  ]);

  finds('udocker', undefined, [
    [
      'variables of udocker',
      onAws('environment:\n  Variables:\n    UDOCKER_EXEC: x\n    UDOCKER_DIR: y'),
      ['10:25'],
      'UDOCKER_EXEC, UDOCKER_DIR have no effect',
    ],
    [
      'in lower case',
      onAws('environment:\n  variables:\n    A: b\n    UDOCKER_BIN: x'),
      ['11:24'],
      'UDOCKER_BIN has no',
    ],
    ['other variables', onAws('environment: {Variables: {DOCKER: x}}'), []],
  ]);
});

describe('addresses that everybody may call', () => {
  finds('open-endpoint', undefined, [
    ['a function URL', onAws('function_url: true\nauth: NONE'), ['9:13'], 'the function URL of "step"'],
    ['one that is closed', onAws('function_url: true'), []],
    ['none at all', onAws('auth: none'), []],
    ['an API', onAws('', 'api_gateway: {name: api, auth: none}'), ['8:36'], 'the HTTP API of "step"'],
    ['an API without a name is none', onAws('', 'api_gateway: {auth: none}'), []],
    [
      'both',
      onAws('function_url: true\nauth: none', 'api_gateway: {name: api, auth: none}'),
      ['9:13', '10:36'],
    ],
  ]);

  const folder = (key: string, path: string) => onAws(`${key}: [{storage_provider: s3, path: "${path}"}]`);
  finds('literal-wildcard', undefined, [
    [
      'a pattern for files',
      folder('input', 'bkt/in/*.jpg'),
      ['8 "bkt/in/*.jpg'],
      'Name the folder alone: "bkt/in"',
    ],
    ['a pattern for all', folder('input', 'bkt/*'), ['8 "bkt/*'], 'Name the folder alone: "bkt"'],
    ['a folder', folder('input', 'bkt/in'), []],
    ['an output', folder('output', 'bkt/*'), []],
  ]);
});
