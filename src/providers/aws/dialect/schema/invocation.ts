/** What a direct call of an AWS function sends and how it is made, when the call itself does not say. */
import { anything, flag, list, text } from '../../../../fdl/schema/field.ts';

const since = 'SCAR';

/** The fields of `lambda` that describe a direct call. */
export const invocation = {
  asynchronous: flag({
    title: 'Asynchronous',
    description: 'Whether a direct call comes back at once instead of waiting for the result.',
    default: false,
    since,
  }),
  invocation_type: text({
    title: 'Invocation type',
    description:
      '`RequestResponse` waits for the result, `Event` does not, `DryRun` checks the right to call only.',
    default: 'RequestResponse',
    values: ['RequestResponse', 'Event', 'DryRun'],
    since,
  }),
  log_type: text({
    title: 'Log type',
    description: 'Whether a direct call brings the end of the log along: `Tail` or `None`.',
    default: 'Tail',
    values: ['Tail', 'None'],
    since,
  }),
  payload: anything({
    title: 'Payload',
    description: 'Event that a direct call sends.',
    since,
  }),
  run_script: text({
    title: 'Script of a call',
    description:
      'Path of a script, from the folder of this file, that a direct call runs instead of `init_script`.',
    since,
    public: true,
    file: true,
  }),
  c_args: list(text({ title: 'Argument', description: 'A word of the command.' }), {
    title: 'Command of a call',
    description: 'Command that a direct call runs instead of the script, word by word.',
    examples: [['df', '-h']],
    since,
  }),
  preheat: flag({
    title: 'Preheat',
    description:
      'Whether the function is called once after its deployment, so that the first file need not wait.',
    default: false,
    since,
  }),
} as const;
