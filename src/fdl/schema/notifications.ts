/** The schema of `on_failure` and `on_success`: whom to tell what came of a run. */
import { type Field, list, secret, section, text, type Value } from './field.ts';

const since = 'fdl 0.1.0';

const target = section(
  {
    webhook: secret({
      title: 'Webhook',
      description:
        'URL that gets a POST with JSON. It is a secret: no output shows it. Empty, it tells nobody.',
      examples: ['${env:SLACK_WEBHOOK}'],
      since,
    }),
    format: {
      ...text({
        title: 'Format',
        description: 'What the webhook gets: `json`, or `slack` for a message in the form of Slack.',
        default: 'json',
        since,
      }),
      enum: ['json', 'slack', null],
    } as Field<string>,
    command: list(text({ title: 'Word', description: 'The program, or an argument of it.' }), {
      title: 'Command',
      description:
        'Program with its arguments that this machine runs in the folder of the file, with the JSON on its standard input. One text alone is a line for the shell.',
      examples: ['notify-send "birds failed"', ['./tell.sh', 'birds']],
      since,
    }),
  },
  { title: 'Target', description: 'One of `webhook` and `command`.' },
);

/** One whom to tell. */
export type NotificationTarget = Value<typeof target>;

/** The two sections, by their names. */
export const notifications = {
  on_failure: list(target, {
    title: 'On failure',
    description:
      'Whom `fdl run`, `put --wait`, `rerun` and `dev` tell that their run has ended and that something failed or was not waited for.',
    examples: [[{ webhook: '${env:SLACK_WEBHOOK}', format: 'slack' }]],
    since,
  }),
  on_success: list(target, {
    title: 'On success',
    description: 'Whom the same commands tell that their run has ended and that all of it succeeded.',
    examples: [[{ command: './publish.sh' }]],
    since,
  }),
};
