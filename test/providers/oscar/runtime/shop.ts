/** A workflow on a fake cluster, and the runtime that looks at it. */
import { onTestFinished } from 'vitest';
import type { Login } from '../../../../src/providers/oscar/api/authorization.ts';
import type { OscarStep } from '../../../../src/providers/oscar/dialect/step.ts';
import { oscarRuntime } from '../../../../src/providers/oscar/runtime/index.ts';
import { Secret } from '../../../../src/secret.ts';
import type { Store } from '../../../../src/storage/store.ts';
import type { Output, Workflow } from '../../../../src/workflow/model.ts';
import { openOscar } from '../../../standins/oscar/lab.ts';
import type { Oscar, OscarOptions } from '../../../standins/oscar/oscar.ts';
import { clientOf } from '../clients.ts';

const PLACE = { file: 'shop.yaml', line: 1, column: 1 };

function folder(path: string): Output {
  const [bucket = '', ...rest] = path.split('/');
  const prefix = rest.join('/');
  return {
    store: 'minio.lab',
    namespace: 'minio.lab',
    bucket,
    prefix,
    place: PLACE,
    prefixes: [],
    suffixes: [],
  };
}

export interface ShopStep {
  readonly name: string;
  readonly script: string;
  readonly input?: string;
  readonly output?: string;
  /** Further fields of the service. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export const UPPER: ShopStep = {
  name: 'upper',
  script:
    'echo "upper takes $(basename "$INPUT_FILE_PATH")"\ntr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"\n',
  input: 'upper/in',
  output: 'upper/out',
};

function stepOf({ name, input, output, more = {} }: ShopStep): OscarStep {
  return {
    id: name,
    name,
    provider: 'oscar',
    cluster: 'lab',
    mode: 'service',
    inputs: input ? [folder(input)] : [],
    outputs: output ? [folder(output)] : [],
    settings: more,
    replicas: [],
    serves: Boolean(more['expose']),
  } as unknown as OscarStep;
}

function storeOf({ minio }: Oscar): Store {
  const credentials = {
    access_key: minio.root.accessKey,
    secret_key: new Secret(minio.root.secretKey),
  };
  const common = { id: 'minio.lab', kind: 'minio', name: 'lab', namespace: 'minio.lab' } as const;
  return { ...common, endpoint: minio.url, verifyTls: true, credentials };
}

export interface ShopOptions extends Partial<OscarOptions> {
  readonly steps?: readonly ShopStep[];
  readonly signal?: AbortSignal;
  /** Who makes the services and looks at them; by default the administrator. */
  readonly login?: Login;
  /** Called before each further look at what is followed. */
  readonly onLook?: () => unknown;
}

/** A cluster `lab` with the services of a workflow `shop`, which run when files arrive. */
export async function openShop(options: ShopOptions = {}) {
  const { steps = [UPPER], signal, onLook, login, ...cluster } = options;
  const settings = { runs: true, ...cluster.settings };
  const oscar = await openOscar({ ...cluster, settings });
  const client = clientOf(oscar.url, login && { login });
  for (const { name, script, input, output, more } of steps) {
    const entry = (path: string | undefined) => (path ? [{ storage_provider: 'minio', path }] : []);
    const annotations = { 'fdl/workflow': 'shop' };
    const expose = more?.['expose'] as object | undefined;
    const scaling = { min_scale: 1, max_scale: 1, cpu_threshold: 80 };
    const made = client.create({
      name,
      image: 'busybox',
      script,
      input: entry(input),
      output: entry(output),
      annotations,
      ...more,
      ...(expose && { expose: { ...scaling, ...expose } }),
    });
    // Up to 3.6.3 clusters complain about the administrator's policy, and go on.
    await made.catch((error: Error) => {
      if (!error.message.includes('error setting MinIO policy')) throw error;
    });
  }
  const workflow: Workflow = {
    name: 'shop',
    file: 'shop.yaml',
    steps: steps.map(stepOf),
    links: [],
    stores: [storeOf(oscar)],
    clusters: [{ id: 'lab', verifyTls: true }],
  };
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const open = { endpoint: oscar.url, verifyTls: true, isAdmin: login === undefined, client };
  const runtime = oscarRuntime({
    open: async () => open,
    known: async () => [open],
    signal: signal ?? controller.signal,
    delay: async () => onLook?.(),
  });
  return { oscar, client, workflow, runtime };
}

export type Shop = Awaited<ReturnType<typeof openShop>>;
