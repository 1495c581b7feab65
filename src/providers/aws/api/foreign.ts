/** Answers that do not come from AWS: pages of proxies, of logins and of other servers. */
import { type PageMiddleware, pageMiddleware } from '../../../storage/page-middleware.ts';
import { AwsError } from './errors.ts';

/** A middleware that throws `aws-failed` for a page of HTML. */
export function foreignPages(service: string): PageMiddleware {
  return pageMiddleware(({ call, server, what }) => {
    const message = `AWS did not answer ${service} ${call}, but ${server} with ${what}: the answer is not one of this service`;
    return new AwsError('aws-failed', message, {
      hint: 'Check AWS_ENDPOINT_URL and the network: something else answers there, such as a proxy or a login page.',
      cause: undefined,
      awsCode: 'PageOfHtml',
    });
  });
}
