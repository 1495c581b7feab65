/** A workflow of services for end-to-end tests. */

/** A script that writes its input in capitals. */
export const UPPER = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
echo "upper takes $name"
tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name"
`;

const COUNT = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
wc -c < "$INPUT_FILE_PATH" | tr -d ' ' > "$TMP_OUTPUT_DIR/$name.count"
`;

const HELLO = `#!/bin/sh
echo "hello $(cat "$INPUT_FILE_PATH")"
`;

/** Two services that share a bucket, as those of most workflows do. */
const WORKFLOW = `name: shop
functions:
  oscar:
    - lab:
        name: upper
        image: busybox
        script: upper.sh
        input: [{storage_provider: minio, path: shop/in}]
        output: [{storage_provider: minio, path: shop/upper}]
    - lab:
        name: count
        image: busybox
        script: count.sh
        input: [{storage_provider: minio, path: shop/upper}]
        output: [{storage_provider: minio, path: shop/out}]
    - lab:
        name: hello
        image: busybox
        script: hello.sh
`;

export const FILES = {
  'workflow.yaml': WORKFLOW,
  'upper.sh': UPPER,
  'count.sh': COUNT,
  'hello.sh': HELLO,
} as const;
export const FILE = 'workflow.yaml';

export interface Invocation {
  readonly id: string;
  readonly step: string;
  readonly status: string;
  readonly input?: { readonly uri: string };
  readonly outputs: readonly { readonly uri: string; readonly size: number }[];
}

export interface Ran {
  readonly status: string;
  readonly invocations: readonly Invocation[];
  readonly outputs: readonly { readonly uri: string; readonly path?: string }[];
}
