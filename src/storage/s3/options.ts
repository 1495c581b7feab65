/** What it takes to reach a store that speaks the protocol of S3. */

export interface S3Options {
  /** URL of a server; absent for AWS, or for what `AWS_ENDPOINT_URL` says. */
  readonly endpoint?: string | undefined;
  /** Absent for what the environment and the profile say, else us-east-1. */
  readonly region?: string | undefined;
  /** Absent for the SDK's own chain: environment, profile, role. */
  readonly credentials?: S3Credentials | undefined;
  /** Profile of the SDK's configuration; absent for what the environment says. */
  readonly profile?: string | undefined;
  /** False takes any certificate, for this store alone; true by default. */
  readonly verifyTls?: boolean | undefined;
  /** A file with certificates of the server's own authority, in PEM. */
  readonly ca?: string | undefined;
  /** Bytes of a part of an upload; files of more than four parts go in parts. 8 MiB by default, S3 wants 5 or more. */
  readonly partBytes?: number | undefined;
  /** Whether the server has what Amazon's own has, such as checksums; by default where no server is named. */
  readonly isAws?: boolean | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where the requests to one bucket go. */
export interface S3Place {
  /** `https://host:port` */
  readonly origin: string;
  /** What stands before the key in a path: empty, or with a slash at its start and none at its end. */
  readonly base: string;
  readonly region: string;
  /** What signatures are for: `s3`, but for buckets of a few kinds. */
  readonly service: string;
  /** It is Amazon S3 itself, and no other server. */
  readonly isAws: boolean;
}

/** All methods reject with what the SDK throws where nothing is found, such as `CredentialsProviderError`. */
export interface S3Account {
  keys(): Promise<S3Credentials>;
  place(bucket: string): Promise<S3Place>;
  /** From now on a bucket of AWS is asked in this region. */
  move(bucket: string, region: string): void;
}
