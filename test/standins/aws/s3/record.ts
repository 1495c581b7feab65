/** The records of S3's events, in the shape that AWS sends them. */

export interface ObjectEvent {
  readonly region: string;
  /** `ObjectCreated:Put` */
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly versionId?: string;
  readonly configurationId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly sequencer: string;
}

/** The event of one object. */
export function recordsOf(event: ObjectEvent): unknown {
  const principalId = 'AWS:AIDAJDPLRKLG7UEXAMPLE';
  const { bucket, key, size, etag, versionId, sequencer } = event;
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: event.region,
    eventTime: new Date(event.time).toISOString(),
    eventName: event.name,
    userIdentity: { principalId },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: {
      'x-amz-request-id': 'C3D13FE58DE4C810',
      'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD',
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: event.configurationId,
      bucket: { name: bucket, ownerIdentity: { principalId }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeKey(key),
        size,
        eTag: etag,
        ...(versionId !== undefined && { versionId }),
        sequencer,
      },
    },
  };
  return { Records: [record] };
}

/** A key as events carry it: `+` for a space, slashes as they are. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
