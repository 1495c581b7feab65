/** `/job`, `/run` and the logs of jobs. Rules: OSCAR, `pkg/handlers/job.go`, `run.go` and `logs.go`. */
import { randomUUID } from 'node:crypto';
import type { Json, Service } from './binding.ts';
import {
  ADMIN,
  type Answer,
  type Ask,
  type Cluster,
  type Handler,
  type Job,
  json,
  mayUse,
  NOT_FOUND,
  Panic,
  plain,
} from './cluster.ts';
import { delegated } from './delegation.ts';
import { runScript } from './executor.ts';

/** Of a job without the label of an owner: only the administrator, who asks for no label, sees it. */
const NOBODY = '';

/** Service tokens have this many characters; anything else is one of OIDC. */
const TOKEN_LENGTH = 64;

/** Who calls a service: a user, or itself by its token, which tells of nobody. Rule: OSCAR, `MakeJobHandler`. */
function caller(
  cluster: Cluster,
  { params, authorization }: Ask,
): Answer | { service: Service; owner: string } {
  const service = cluster.services.get(params['name'] ?? '');
  const [, token = ''] = /^Bearer (.+)$/.exec(authorization) ?? [];
  if (token === '') return { status: 401 };
  if (token.length === TOKEN_LENGTH) {
    return service?.['token'] === token ? { service, owner: NOBODY } : { status: 401 };
  }
  const uid = cluster.issuer?.subjectOf(token);
  if (uid === undefined) return plain(400, "Error getting oidc manager for issuer ''");
  if (!service || !mayUse(service, { admin: false, uid: formatted(uid), name: uid })) return NOT_FOUND;
  return { service, owner: uid };
}

/** Rule: OSCAR, `FormatUID`, which `MakeJobHandler` calls before it compares the user with the owner of the service. */
function formatted(uid: string): string {
  const { 0: head = '@', index = 0 } = /[0-9a-z]+@/.exec(uid) ?? {};
  return head === '@' ? uid : uid.slice(0, index + head.length - 1);
}

/** Starts a job for an event; the answer does not say which. */
export const submit: Handler = async (cluster, ask) => {
  const found = caller(cluster, ask);
  if ('status' in found) return found;
  const { service, owner } = found;
  const name: string = service['name'];
  const job: Job = {
    name: ask.delegatedJob ?? `${name.length >= 25 ? name.slice(0, 16) : name}-${randomUUID()}`,
    service: name,
    owner: writerOf(ask.body.toString(), cluster) ?? owner,
    event: ask.body.toString(),
    created: new Date(),
    status: 'Pending',
  };
  if (await delegated(cluster, service, job, ask)) return { status: 201 };
  cluster.jobs.push(job);
  if (cluster.settings.runs) start(cluster, service, job);
  return { status: 201 };
};

/** Rule: OSCAR, `MakeJobHandler`: a job for an event of MinIO is that user's whose keys wrote the object. */
function writerOf(event: string, { minio }: Cluster): string | undefined {
  try {
    const { Records = [] } = JSON.parse(event) as { Records?: { userIdentity?: { principalId?: string } }[] };
    const writer = Records[0]?.userIdentity?.principalId;
    return writer === minio.root.accessKey ? ADMIN : writer;
  } catch {
    return undefined;
  }
}

function start(cluster: Cluster, service: Service, job: Job): void {
  job.status = 'Running';
  job.started = new Date();
  const running = runScript(cluster, service, Buffer.from(job.event))
    .then(
      ({ log, ok }) => {
        job.log = log;
        // A script that fails is a success to the supervisor.
        job.status = ok ? 'Succeeded' : 'Failed';
      },
      (error: Error) => {
        job.log = `${error.message}\n`;
        job.status = 'Failed';
      },
    )
    .finally(() => {
      job.finished = new Date();
      cluster.underWay.delete(running);
    });
  cluster.underWay.add(running);
}

/** Runs at once and answers what came out. */
export const run: Handler = async (cluster, ask) => {
  if (!cluster.settings.serverlessBackend) return plain(404, '404 page not found');
  const found = caller(cluster, ask);
  if ('status' in found) return found;
  const { answer, ok } = await runScript(cluster, found.service, ask.body);
  return ok ? plain(200, answer) : plain(500, answer);
};

function authorised(cluster: Cluster, { params, identity }: Ask): Answer | undefined {
  const service = cluster.services.get(params['name'] ?? '');
  if (cluster.release.since('3.6.5')) {
    if (!service) return NOT_FOUND;
    return mayUse(service, identity) ? undefined : { status: 200 };
  }
  const isAllowed = identity.admin || !service?.['allowed_users']?.length || mayUse(service, identity);
  return isAllowed
    ? undefined
    : plain(403, `User ${identity.uid} doesn't have permision to get this service`);
}

export const list: Handler = (cluster, ask) => {
  const refused = authorised(cluster, ask);
  if (refused) return refused;
  const { release, settings } = cluster;
  const { identity, params, query } = ask;
  const all = cluster.jobs.filter(
    ({ service, owner }) => service === params['name'] && (identity.admin || owner === identity.uid),
  );
  const isPaged = release.since('3.6.4');
  const start = isPaged ? Number(query.get('page') ?? 0) : 0;
  const page = isPaged ? all.slice(start, start + settings.pageSize) : all;
  const jobs = Object.fromEntries(page.map((job) => [job.name, shownJob(job, isPaged)]));
  if (!isPaged) return json(jobs);
  const rest = all.length - start - page.length;
  return json({ jobs, ...(rest > 0 && { next_page: String(start + page.length), remaining_jobs: rest }) });
};

function shownJob({ status, created, started, finished, log }: Job, isPaged: boolean): Json {
  const hasPod = log !== undefined || started !== undefined;
  if (!hasPod && isPaged) return { status: 'Suspended' };
  const seconds = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;
  return {
    status: hasPod ? status : '',
    creation_time: seconds(created),
    ...(started && { start_time: seconds(started) }),
    ...(finished && { finish_time: seconds(finished) }),
  };
}

export const read: Handler = (cluster, ask) => {
  const refused = authorised(cluster, ask);
  if (refused) return refused;
  const { params, query } = ask;
  const job = cluster.jobs.find(({ name, service }) => name === params['job'] && service === params['name']);
  // Without a pod, the server reports an error that it does not have.
  if (job?.log === undefined) throw new Panic('nil pointer dereference');
  if (query.get('timestamps') !== 'true') return plain(200, job.log);
  const time = (job.started ?? job.created).toISOString().replace('Z', '000000Z');
  return plain(200, job.log.replace(/^(?=.)/gm, `${time} `));
};

export const removeAll: Handler = (cluster, ask) => {
  const refused = authorised(cluster, ask);
  if (refused) return refused;
  const isAll = ask.query.get('all') === 'true';
  const stays = ({ service, status }: Job) =>
    service !== ask.params['name'] || (!isAll && status !== 'Succeeded');
  cluster.jobs.splice(0, cluster.jobs.length, ...cluster.jobs.filter(stays));
  return { status: 204 };
};

export const removeOne: Handler = (cluster, ask) => {
  const refused = authorised(cluster, ask);
  if (refused?.status === 200) return plain(403, 'You do not have permission to access this service');
  if (refused) return refused;
  const at = cluster.jobs.findIndex(({ name }) => name === ask.params['job']);
  if (at < 0 || cluster.jobs[at]?.service !== ask.params['name']) return NOT_FOUND;
  cluster.jobs.splice(at, 1);
  return { status: 204 };
};
