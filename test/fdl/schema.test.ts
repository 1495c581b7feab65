import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { schemaDocument, validatorSource } from '../../scripts/schema.mjs';
import { fieldsOf, lineOf, SCHEMA } from './schema-fields.ts';

const all = fieldsOf(SCHEMA);
const named = all.filter(({ path }) => path !== '' && !/(\[\]|<\*>)$/.test(path));

describe('the fields of the language', () => {
  test('are the ones of the checked-in list', async () => {
    await expect(`${named.map(lineOf).join('\n')}\n`).toMatchFileSnapshot('../golden/schema-fields.txt');
  });

  test('all have a title and a description of at most 300 characters', () => {
    const lacking = all.filter(({ field }) => {
      const { title, description } = field as { title?: string; description?: string };
      return !title || !description || description.length > 300;
    });
    expect(lacking.map(({ path }) => path)).toEqual([]);
  });

  test('have defaults and examples that they accept themselves', () => {
    const ajv = new Ajv({ strict: false });
    const refused = all.flatMap(({ path, field }) => {
      const examples = (field['examples'] ?? []) as readonly unknown[];
      const samples = field['default'] === undefined ? examples : [field['default'], ...examples];
      return samples.some((sample) => !ajv.validate(field, sample)) ? [path] : [];
    });
    expect(refused).toEqual([]);
  });

  test('hide every credential', () => {
    const credential =
      /(^|[._])(access_key|secret_key|password|auth_password|token|headers\.<\*>|secrets\.<\*>)$/i;
    const open = all.filter(({ path, field }) => credential.test(path) && field['x-scalar'] !== 'secret');
    expect(open.map(({ path }) => path)).toEqual([]);
    const shown = all.filter(({ field }) => field['x-scalar'] === 'secret' && field['x-public']);
    expect(shown.map(({ path }) => path)).toEqual([]);
  });

  test('say which texts are paths of local files', () => {
    const files = all.filter(({ field }) => field['x-file']).map(({ path }) => path.split('.').at(-1));
    expect(files.sort()).toEqual([
      'data_binary',
      'extra_payload',
      'image_file',
      'init_script',
      'run_script',
      'script',
    ]);
  });

  test('that are out of use say what to do instead', () => {
    const texts = all.flatMap(({ field }) =>
      field['deprecated'] ? [String(field['deprecationMessage'])] : [],
    );
    expect(texts.filter((text) => !/^(it has no effect; |write (it under )?`)/.test(text))).toEqual([]);
    expect(texts).toContain('write `api_port` instead.');
  });
});

describe('the JSON Schema document', () => {
  test('is valid JSON Schema and plain JSON', async () => {
    const document = schemaDocument(SCHEMA);
    const ajv = new Ajv({ strict: false });
    expect(ajv.validateSchema(document), JSON.stringify(ajv.errors)).toBe(true);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  test('writes what several places share once', async () => {
    const document = schemaDocument(SCHEMA);
    const { input, output } = document.properties.functions.properties.aws.items.properties.lambda.properties;
    expect(input.items).toEqual({ $ref: '#/definitions/storage-entry' });
    expect(output.items).toEqual(input.items);
    expect(document.definitions['storage-entry'].properties.path.title).toBe('Path');
  });
});

describe('the compiled validator', () => {
  let validate: ValidateFunction;
  let reference: ValidateFunction;

  beforeAll(async () => {
    const source = validatorSource(SCHEMA);
    expect(source).not.toMatch(/\brequire\(|\bimport\b/);
    const compiled = await import(`data:text/javascript,${encodeURIComponent(source)}`);
    validate = compiled.default;
    reference = new Ajv({ allErrors: true, strict: false }).compile(schemaDocument(SCHEMA));
  });

  const found = (check: ValidateFunction, file: unknown) =>
    check(file) ? [] : (check.errors as ErrorObject[]).map((e) => `${e.instancePath} ${e.keyword}`);

  const aws = (fields: object, others: object = {}) => ({
    functions: { aws: [{ lambda: { name: 'step', ...fields }, ...others }] },
  });
  const oscar = (fields: object) => ({ functions: { oscar: [{ cluster: { name: 'step', ...fields } }] } });

  test.each<[string, object]>([
    [
      'numbers as numbers, as text and as references',
      aws({ memory: 512, timeout: '300', ephemeral_storage: '${env:MB}' }),
    ],
    ['flags as YAML 1.1 spells them', aws({}, { batch: { enable_gpu: 'yes' } })],
    ['a CPU that YAML reads as a number', oscar({ cpu: 1.1 })],
    ['one port or several', oscar({ expose: { api_port: 80, nodePort: [0, 30500] } })],
    ['one suffix without a list', oscar({ output: [{ storage_provider: 's3', path: 'b', suffix: 'wav' }] })],
    ['both spellings of environment', oscar({ environment: { Variables: { A: false }, secrets: { B: 1 } } })],
    ['closed values in any case', aws({ log_level: 'debug', execution_mode: 'Lambda-Batch' })],
    ['empty sections', { functions: { aws: null, oscar: [{ cluster: null }] }, storage_providers: null }],
    ['any payload', aws({ payload: { deep: [1, { a: null }] } })],
    ['forms that were replaced', oscar({ replicas: [{ type: 'oscar' }], expose: { port: 80 } })],
  ])('accepts %s', (_, file) => {
    expect(found(validate, file)).toEqual([]);
  });

  test.each<[string, object, string[]]>([
    ['a file without functions', { name: 'x' }, [' required']],
    ['functions as a list', { functions: [] }, ['/functions type']],
    ['an unknown field', aws({ image: 'busybox' }), ['/functions/aws/0/lambda additionalProperties']],
    [
      'a function without a name',
      { functions: { aws: [{ lambda: {} }] } },
      ['/functions/aws/0/lambda required'],
    ],
    ['words in place of a number', aws({ memory: 'much' }), ['/functions/aws/0/lambda/memory pattern']],
    [
      'words in place of one port',
      oscar({ expose: { api_port: 'http' } }),
      ['/functions/oscar/0/cluster/expose/api_port pattern'],
    ],
    ['a list in place of a text', oscar({ vo: ['a'] }), ['/functions/oscar/0/cluster/vo type']],
    [
      'an entry without a path',
      oscar({ input: [{ storage_provider: 'minio' }] }),
      ['/functions/oscar/0/cluster/input/0 required'],
    ],
    ['a map in place of a list', oscar({ input: { path: 'b' } }), ['/functions/oscar/0/cluster/input type']],
    [
      'several mistakes',
      { ...aws({ timeout: [] }), storages: [] },
      [' additionalProperties', '/functions/aws/0/lambda/timeout type'],
    ],
  ])('refuses %s', (_, file, errors) => {
    expect(found(validate, file)).toEqual(errors);
    expect(found(reference, file)).toEqual(errors);
  });

  test('tells a value outside a closed set by anyOf', () => {
    expect(found(validate, aws({ execution_mode: 'fast' }))).toContain(
      '/functions/aws/0/lambda/execution_mode anyOf',
    );
  });
});
