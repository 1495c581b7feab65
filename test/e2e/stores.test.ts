/** Every kind of store against servers that others wrote. */
import { webdavStorage } from '../../src/storage/webdav.ts';
import { needs } from '../standins/need.ts';
import { DAV_LOGIN, startWsgidav } from '../standins/wsgidav.ts';
import { holds } from '../storage/contract.ts';

holds(
  'WebDAV: WsgiDAV',
  async () => {
    const { url, stop } = await startWsgidav();
    const open = (login: { user: string; password: string }) =>
      webdavStorage({ id: 'webdav.dav', hostname: `${url}/`, login, verifyTls: true });
    const closed = open({ ...DAV_LOGIN, password: 'wrong-password' });
    const event = (_: string, key: string) => ({
      event: { name: key.replace('in/', ''), mask: ['IN_CREATE'] },
      subscription: 'id',
    });
    const { user: login, password } = DAV_LOGIN;
    const step = {
      id: 'webdav.dcache',
      kind: 'webdav',
      endpoint: url,
      credentials: { login, password },
      event,
    } as const;
    return { storage: open(DAV_LOGIN), closed, bucket: 'data', makesBuckets: true, step, stop };
  },
  { skip: !needs('wsgidav') },
);
