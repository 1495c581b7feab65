#!/bin/sh
//usr/bin/env true; exec node -- "$0" "$@"
// For a shell, the line above starts Node with this file; for Node it is a comment. Without the `--`, Node takes `--env-file`
// for an option of its own, and ends with a message of its own where there is no such file. Not every `env` has the option
// `-S`, which would do the same.
require('../dist/start.cjs').main();
