/** The runtime of functions that are zip files of JavaScript: loads the handler and gives it events. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
let requestId = '';

for (const [name, level] of Object.entries({ log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' })) {
  console[name] = (...values) =>
    process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}\n`);
}

const post = (at, body) => fetch(api + at, { method: 'POST', body: JSON.stringify(body ?? null) });
const described = (error) => ({
  errorType: error?.name ?? 'Error',
  errorMessage: error?.message ?? String(error),
  trace: String(error?.stack ?? '').split('\n'),
});

async function load() {
  const [module, name] = process.env._HANDLER.split('.');
  const base = path.join(process.env.LAMBDA_TASK_ROOT, module);
  const file = ['.mjs', '.js', '.cjs'].map((end) => base + end).find((each) => existsSync(each));
  if (!file)
    throw Object.assign(new Error(`Cannot find module '${module}'`), { name: 'Runtime.ImportModuleError' });
  const exports = await import(pathToFileURL(file));
  const handler = exports[name] ?? exports.default?.[name];
  if (typeof handler === 'function') return handler;
  const message = `${process.env._HANDLER} is undefined or not exported`;
  throw Object.assign(new Error(message), { name: 'Runtime.HandlerNotFound' });
}

const handler = await load().catch(async (error) => {
  await post('/init/error', described(error));
  process.exit(1);
});

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  requestId = next.headers.get('lambda-runtime-aws-request-id');
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const result = await handler(await next.json(), context);
    await post(`/invocation/${requestId}/response`, result);
  } catch (error) {
    console.error('Invoke Error', JSON.stringify(described(error)));
    await post(`/invocation/${requestId}/error`, described(error));
  }
}
