/** Services of other projects' files: clusters of one release after the other, by the day, take them and see nothing changed afterwards. */

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Props } from '../../src/deploy/resource.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { openClient } from '../../src/providers/oscar/api/client.ts';
import type { OscarStep } from '../../src/providers/oscar/dialect/step.ts';
import { serviceChanges } from '../../src/providers/oscar/kinds/service/changes.ts';
import { revealed, servicePayload } from '../../src/providers/oscar/kinds/service/payload.ts';
import { wantedVolume } from '../../src/providers/oscar/kinds/volume/index.ts';
import type { Store } from '../../src/storage/store.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { readWorkflow } from '../../src/workflow/read.ts';
import { tried } from '../sample.ts';
import { openOscar } from '../standins/oscar/lab.ts';
import { ADMIN_LOGIN } from '../standins/oscar/oscar.ts';
import { CORPUS, corpusFiles, ROOT } from './folder.ts';

const files = corpusFiles();

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1';

async function servicesOf(
  file: string,
): Promise<{ workflow: Workflow; steps: readonly OscarStep[] } | undefined> {
  const options = { language: LANGUAGE, environment: {}, workingDirectory: ROOT, localFiles: false };
  const { workflow } = await readWorkflow(path.join(CORPUS, file), options);
  const steps = workflow?.steps.filter((step): step is OscarStep => step.provider === 'oscar') ?? [];
  return workflow && steps.length > 0 ? { workflow, steps } : undefined;
}

/** With credentials of no use for all stores that the file leaves open. */
function withKeys(store: Store): Store {
  const names = [
    'access_key',
    'secret_key',
    'token',
    'space',
    'login',
    'password',
    'account',
    'rse',
    'auth_host',
  ];
  const keys = Object.fromEntries(names.map((name) => [name, 'x']));
  return { ...store, endpoint: NOWHERE, credentials: { ...keys, ...store.credentials } };
}

const cases = files.flatMap((file, number) =>
  tried(['3.6.0', '4.0.0', '4.1.2'], number).map((release) => [file, release] as const),
);

describe.skipIf(files.length === 0)('services', () => {
  it.each(cases)('%s, release %s', async (file, release) => {
    const found = await servicesOf(file);
    if (!found) return;
    const { workflow, steps } = found;
    const oscar = await openOscar({ release, settings: { s3Endpoint: NOWHERE } });
    const login = { kind: 'basic', ...ADMIN_LOGIN } as const;
    const client = openClient({ id: 'lab', endpoint: oscar.url, verifyTls: true, login });
    const clusters = new Map(workflow.clusters.map(({ id }) => [id, { endpoint: NOWHERE, verifyTls: true }]));
    const stores = new Map(workflow.stores.map((store) => [store.id, withKeys(store)]));
    try {
      for (const step of steps) {
        const script = step.script && 'echo\r\nexit\n';
        const foreign = step.inputs.some(
          ({ store }) => store !== `minio.${step.cluster}` && !/^(webdav|rucio)\./.test(store),
        );
        const context = { workflow: workflow.name, release, script, stores, clusters };
        if (foreign) {
          expect(() => servicePayload(step, context)).toThrow(
            expect.objectContaining({ code: 'input-not-watched' }),
          );
          continue;
        }
        const { service } = servicePayload(step, context);
        // A service without a script or an image is refused, and `fdl validate` says so.
        if (!service['script'] || !service['image']) continue;
        const volume = wantedVolume(step, release);
        if (volume) await client.createVolume(volume.name, volume.size);
        const { input, output, federation, mount, ...rest } = revealed(service);
        await client.create(rest);
        const whole: Props = { ...rest, input, output, federation, mount, owner: 'cluster_admin' };
        // Members need a secret that no file has; releases before 3.6.4 cannot mount a whole bucket.
        const members = await client.update(whole).catch((error: Error) => error);
        // An administrator's update fails on policies, and is done all the same.
        if (members instanceof Error && !/error setting (MinIO|new) polic/.test(members.message)) {
          expect(members.message).toMatch(/refresh_token|missing foler on path/);
          continue;
        }
        const answer = (await client.service(step.name)) as unknown as Props;
        expect(serviceChanges(service, answer)).toEqual([]);
        expect(serviceChanges({ ...service, memory: '77Mi' }, answer).map((each) => each.path)).toEqual([
          'memory',
        ]);
        await client.remove(step.name).catch(() => undefined);
      }
    } finally {
      await client.close();
    }
  });
});
