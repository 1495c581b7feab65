/** The two calls to AWS Batch that passing work on takes. */

import { asObject, asText, parseJson } from '../../json.ts';
import { CallError } from '../aws/call-error.ts';
import type { AwsSend } from '../aws/send.ts';

export interface BatchApi {
  /** Submits a job: the body of `SubmitJob`. Answers the job's id. */
  submit(submission: string): Promise<string>;
  /** The id of a job of this name in the queue, whatever its state. */
  find(jobName: string, jobQueue: string): Promise<string | undefined>;
}

/** AWS Batch. All methods reject as `AwsSend` does. */
export function openBatch(send: AwsSend, signal: AbortSignal | undefined): BatchApi {
  const call = async (operation: string, body: string, repeatable: boolean) => {
    const path = `/v1/${operation.toLowerCase()}`;
    const headers = { 'content-type': 'application/json' };
    const reply = await send({ service: 'batch', operation, path, headers, body, repeatable, signal });
    return asObject(parseJson(reply.body)?.value) ?? {};
  };
  return {
    submit: async (submission) => {
      const jobId = asText((await call('SubmitJob', submission, false))['jobId']);
      if (jobId !== undefined) return jobId;
      const verdict = { awsCode: 'NoJobId', status: 200, retryable: false, uncertain: true };
      throw new CallError('batch SubmitJob answered without the id of a job', verdict);
    },
    find: async (jobName, jobQueue) => {
      const filters = [{ name: 'JOB_NAME', values: [jobName] }];
      const { jobSummaryList } = await call('ListJobs', JSON.stringify({ jobQueue, filters }), true);
      const jobs = Array.isArray(jobSummaryList) ? jobSummaryList.map(asObject) : [];
      // The service does not look at upper and lower case.
      return asText(jobs.find((job) => job?.['jobName'] === jobName)?.['jobId']);
    },
  };
}
