/**
 * Errors as AWS answers them, in each protocol. Rules: the protocols of Smithy, by which each service's model in botocore
 * goes; for S3 "REST error responses" in its API reference.
 */
import { empty, json, type Reply, xml } from './api.ts';

/** An error that AWS answers. */
export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

const QUERY = new Set(['iam', 'sts', 'sns', 'cloudformation']);
const REST_JSON = new Set(['lambda', 'batch', 'apigateway']);

/** The error in the protocol of a service; an answer to HEAD has no body. */
export function faultReply(fault: AwsFault, service: string, method: string): Reply {
  const reply = inProtocol(fault, service, method);
  return { ...reply, headers: { ...reply.headers, ...fault.headers, 'x-amzn-requestid': 'standin' } };
}

function inProtocol({ code, message, status }: AwsFault, service: string, method: string): Reply {
  const said = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
  if (service === 's3') {
    return method === 'HEAD'
      ? empty(status)
      : xml(`<Error>${said}<RequestId>standin</RequestId></Error>`, status);
  }
  if (service === 'ec2') {
    const body = `<Response><Errors><Error>${said}</Error></Errors><RequestID>standin</RequestID></Response>`;
    return xml(body, status);
  }
  if (QUERY.has(service)) {
    const type = `<Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>`;
    const body = `<ErrorResponse><Error>${type}${said}</Error><RequestId>standin</RequestId></ErrorResponse>`;
    return xml(body, status);
  }
  const reply = json({ __type: code, message, Message: message }, status);
  const headers = REST_JSON.has(service) ? { 'x-amzn-errortype': code } : {};
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** The code of an error that a service answered. */
export function codeOf(reply: Reply & { readonly body: Buffer }): string {
  const named = reply.headers['x-amzn-errortype'];
  const text = reply.body.toString();
  const code = named ?? /"__type":\s*"([^"]+)"/.exec(text)?.[1] ?? /<Code>([^<]+)</.exec(text)?.[1];
  return code?.split(/[:#]/).filter(Boolean).at(-1) ?? String(reply.status);
}
