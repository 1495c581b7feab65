/** The schema of `parameters`: what may be another value each time that the file is used. */
import { type Field, list, record, section, text } from './field.ts';

const declaration = section(
  {
    type: {
      ...text({
        title: 'Type',
        description:
          'What values are: string, number, integer or boolean. Without it, what the default is, else a string.',
        since: 'fdl 0.1.0',
      }),
      enum: ['string', 'number', 'integer', 'boolean', null],
    } as Field<string>,
    default: text({
      title: 'Default',
      description: 'The value where none is given. Without it, one must be given.',
      examples: [512],
      since: 'fdl 0.1.0',
    }),
    description: text({
      title: 'Description',
      description: 'What the parameter is for.',
      since: 'fdl 0.1.0',
    }),
    enum: list(text({ title: 'Allowed value', description: 'A value that may be given.' }), {
      title: 'Allowed values',
      description: 'The only values that may be given.',
      examples: [['test', 'production']],
      since: 'fdl 0.1.0',
    }),
  },
  {
    title: 'Parameter',
    description: 'The default alone, or a section with type, default, description and enum.',
    examples: [512, { type: 'string', enum: ['test', 'production'] }],
  },
);

export const parameters = record(
  // A plain value is the default.
  { ...declaration, type: ['object', 'string', 'number', 'boolean', 'null'] } as typeof declaration,
  {
    title: 'Parameters',
    description:
      'Values by name that `${param:NAME}` stands for, given with --param NAME=VALUE or --params FILE. They are no secrets.',
    examples: [{ MEMORY: 512, STAGE: { type: 'string', enum: ['test', 'production'] } }],
    since: 'fdl 0.1.0',
  },
);
