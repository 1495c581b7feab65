/** Events that come by way of a queue of SQS or a topic of SNS, or of both. */
import { asObject, asText, type JsonObject, parseJson } from '../json.ts';

/** A message that was on its way in an envelope. */
export interface Message {
  /** What its sender wrote. */
  readonly text: string;
  /** The envelope with this message alone. */
  readonly envelope: JsonObject;
}

/**
 * The messages of an event of AWS Lambda; nothing where it is none of SQS or SNS, whose records are
 * `{"eventSource": "aws:sqs", "body": …}` and `{"EventSource": "aws:sns", "Sns": {"Message": …}}`.
 * Rule: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and …/with-sns.html
 */
export function messagesOf(event: JsonObject): readonly Message[] | undefined {
  const records: unknown = event['Records'];
  if (!Array.isArray(records) || records.length === 0) return undefined;
  const texts = records.map((record) => textOf(asObject(record) ?? {}));
  if (!texts.every((text) => text !== undefined)) return undefined;
  return texts.map((text, index) => ({ text, envelope: { ...event, Records: [records[index]] } }));
}

function textOf(record: JsonObject): string | undefined {
  const published = record['EventSource'] === 'aws:sns' ? asObject(record['Sns']) : undefined;
  const text = record['eventSource'] === 'aws:sqs' ? record['body'] : published?.['Message'];
  return typeof text === 'string' ? withoutNotification(text) : undefined;
}

/**
 * A topic wraps what it passes on to a queue, unless its subscription asks for raw delivery.
 * Rule: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
function withoutNotification(text: string): string {
  const fields = asObject(parseJson(text)?.value);
  const isWrapped = fields?.['Type'] === 'Notification' && asText(fields['TopicArn']) !== undefined;
  const message = fields?.['Message'];
  return isWrapped && typeof message === 'string' ? message : text;
}
