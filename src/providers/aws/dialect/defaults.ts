/** What counts where an entry of `functions.aws` says nothing: SCAR's values, where they can still be deployed. */
export const AWS_DEFAULTS = {
  /** MB, of a function. */
  memory: 512,
  /** Seconds. */
  timeout: 300,
  /** MB, of `/tmp`. */
  ephemeralStorage: 512,
  /** Days. */
  logRetention: 30,
  /** MiB. */
  jobMemory: 1024,
  jobVcpus: 1,
  httpMethod: 'ANY',
  httpPath: '{proxy+}',
  httpStage: 'scar',
} as const;
