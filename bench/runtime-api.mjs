/** A Runtime API of AWS Lambda in this process, just enough to time a runtime. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** Milliseconds of cpu that a process itself has used; Linux counts them in hundredths of a second. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses; the first after it is the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/**
 * Starts a program as a runtime, gives it an event `times` times after a first one that does not count, and ends it.
 * Answers the milliseconds of each invocation (`answered` from the event to the answer, `ready` from the event to the
 * request for the next one) and `cpu`, those of the runtime itself per invocation.
 * @throws Error when an invocation fails or the program ends
 */
export async function timeInvocations({ argv, env, event, times }) {
  const results = [];
  let begin = 0;
  let answered = 0;
  let cpuBefore = 0;
  let finish;
  const finished = new Promise((resolve, reject) => {
    finish = { resolve, reject };
  });
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.url.endsWith('/error')) return finish.reject(new Error(`an invocation failed: ${body}`));
    if (request.url.endsWith('/response')) {
      answered = performance.now() - begin;
      return response.writeHead(202).end();
    }
    if (begin > 0) results.push({ answered, ready: performance.now() - begin });
    if (results.length === 1) cpuBefore = cpuOf(child.pid);
    if (results.length === times + 1) {
      return finish.resolve({ warm: results.slice(1), cpu: (cpuOf(child.pid) - cpuBefore) / times });
    }
    const headers = {
      'lambda-runtime-aws-request-id': `request-${results.length}`,
      'lambda-runtime-deadline-ms': String(Date.now() + 60_000),
    };
    begin = performance.now();
    response.writeHead(200, headers).end(event);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${server.address().port}`;
  const [program, ...args] = argv;
  const options = { env: { ...process.env, ...env, AWS_LAMBDA_RUNTIME_API: address }, stdio: 'ignore' };
  const child = spawn(program, args, options);
  child.once('exit', (code) => finish.reject(new Error(`the runtime exited with ${code}`)));
  try {
    return await finished;
  } finally {
    child.kill();
    server.closeAllConnections();
    server.close();
  }
}
