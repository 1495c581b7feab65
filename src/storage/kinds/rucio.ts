import { record, secret, section, text } from '../../fdl/schema/field.ts';
import { asObject, asText, type JsonObject } from '../../json.ts';
import type { StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';

/** What stands below `storage_providers.rucio`. */
export const schema = () =>
  record(
    section(
      {
        host: text({
          title: 'Host',
          description: 'Host name of the Rucio server.',
          since: 'OSCAR 3.4.0',
          public: true,
        }),
        auth_host: text({
          title: 'Authentication host',
          description: 'Host of the server that authenticates for Rucio.',
          since: 'OSCAR 3.4.0',
          public: true,
        }),
        account: text({ title: 'Account', description: 'Name of the Rucio account.', since: 'OSCAR 3.6.2' }),
        rse: text({
          title: 'Storage element',
          description: 'Name of the Rucio storage element (RSE) that takes new files.',
          since: 'OSCAR 3.4.0',
          public: true,
        }),
        refresh_token: secret({
          title: 'Refresh token',
          description: 'OIDC refresh token from which access tokens are made.',
          since: 'OSCAR 3.6.2',
        }),
        access_token: secret({
          title: 'Access token',
          description:
            'OIDC access token, used as it is until it expires; the supervisor reads it, OSCAR does not pass it on.',
        }),
        token: secret({
          title: 'Token',
          description: 'OIDC access token.',
          since: 'OSCAR 3.4.0–3.6.1',
          deprecated: 'write `refresh_token` instead.',
        }),
        oidc_audience: text({
          title: 'Audience',
          description: 'Audience that access tokens are asked for.',
          since: 'OSCAR 3.6.2',
          public: true,
        }),
        token_endpoint: text({
          title: 'Token endpoint',
          description: 'URL of the OIDC issuer that exchanges refresh tokens for access tokens.',
          since: 'OSCAR 3.6.2',
          public: true,
        }),
      },
      {
        title: 'Rucio account',
        description: 'A Rucio server and the account that is used there.',
        since: 'OSCAR 3.4.0',
      },
    ),
    {
      title: 'Rucio',
      description: 'Rucio accounts, by ids of your choice.',
      since: 'OSCAR 3.4.0',
    },
  );

/** Rucio, whose scopes are to it what buckets are to S3. */
export const kind: KindOfStore = {
  endpoint: 'host',
  settings: ['host'],
  needs: ['host', 'account', 'rse'],
  keys: [['refresh_token'], ['access_token'], ['token']],
  protocol: 'rucio',
  events: { single },
};

function single(event: JsonObject): StoreEvent | undefined {
  const payload = asObject(event['payload']);
  const [bucket, key] = [asText(payload?.['scope']), asText(payload?.['name'])];
  if (!('event_type' in event) || bucket === undefined || key === undefined) return undefined;
  // Types of events are such as `deletion-done`.
  const isGone = /^(deletion|erase)/i.test(asText(event['event_type']) ?? '');
  return { isNew: !isGone, object: { bucket, key } };
}
