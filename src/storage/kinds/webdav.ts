import { flag, record, secret, section, text } from '../../fdl/schema/field.ts';
import { asObject, asText, type JsonObject } from '../../json.ts';
import type { StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';

/** What stands below `storage_providers.webdav`. */
export const schema = () =>
  record(
    section(
      {
        hostname: text({
          title: 'Host',
          description:
            'Host name of the server, with port and path if there are any, as in `dcache.example.org:2880/home`; HTTPS is used.',
          since: 'OSCAR 2.5.0',
          public: true,
        }),
        login: text({ title: 'Login', description: 'Name of the account.', since: 'OSCAR 2.5.0' }),
        password: secret({
          title: 'Password',
          description: 'Password of the account.',
          since: 'OSCAR 2.5.0',
        }),
        token: secret({
          title: 'Token',
          description: 'Bearer token, in place of login and password; services of OSCAR do not know it.',
        }),
        verify: flag({
          title: 'Verify TLS',
          description: "Whether the server's TLS certificate is checked; OSCAR checks it always.",
          default: true,
        }),
      },
      {
        title: 'WebDAV server',
        description: 'A WebDAV server, such as dCache, and its account.',
        since: 'OSCAR 2.5.0',
      },
    ),
    {
      title: 'WebDAV',
      description: 'WebDAV servers, by ids of your choice.',
      since: 'OSCAR 2.5.0',
    },
  );

/** Servers that speak WebDAV, such as dCache. */
export const kind: KindOfStore = {
  endpoint: 'hostname',
  settings: ['hostname', 'verify'],
  needs: ['hostname'],
  keys: [['login', 'password'], ['token']],
  protocol: 'webdav',
  events: { single },
};

/** dCache's: `{"event": {"name": …, "mask": ["IN_CREATE"]}, "subscription": …}`. */
function single(event: JsonObject): StoreEvent | undefined {
  const inner = asObject(event['event']);
  const key = asText(inner?.['name']);
  if (!inner || key === undefined || !('subscription' in event)) return undefined;
  return { isNew: isArrival(inner), object: { store: 'webdav.dcache', key } };
}

/** What inotify calls the arrival of content, as dCache does. */
const ARRIVALS = ['IN_CREATE', 'IN_CLOSE_WRITE', 'IN_MODIFY', 'IN_MOVED_TO'];

/** A mask that is missing is no reason to leave it out: people write such events by hand. */
function isArrival(event: JsonObject): boolean {
  const mask = event['mask'];
  if (!Array.isArray(mask) || mask.length === 0) return true;
  return !mask.includes('IN_ISDIR') && mask.some((flag) => ARRIVALS.includes(flag));
}
