/** Which query parameters of a request may become variables of a script. */
import { asObject } from '../json.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Variables by which shells, loaders, interpreters and common tools find or run code, trust servers or take
 * credentials; and those that scripts rely on to be the supervisor's.
 */
const REFUSED = [
  /^(PATH|CDPATH|ENV|IFS|PS[0-4]|SHELL|SHELLOPTS|BASHOPTS|PROMPT_COMMAND|HOME|PWD|USER|LOGNAME|TMPDIR|TEMP|TMP)$/,
  /^(BASH_.*|ZDOTDIR|FPATH|KSH_.*|POSIXLY_CORRECT|GLOBIGNORE|EXECIGNORE|INPUTRC|TERMINFO.*|TERMCAP|TERMPATH)$/,
  /^(LD_.*|DYLD_.*|GLIBC_.*|GCONV_PATH|LOCPATH|NLSPATH|MALLOC_.*|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_.*)$/,
  /^(NODE_.*|NPM_.*|PYTHON.*|VIRTUAL_ENV|CONDA_.*|PIP_.*|PERL(5.*|LIB|_.*)|RUBY(OPT|LIB|PATH|SHELL|_.*)|GEM_.*|BUNDLE_.*|LUA_.*|PHP(RC|_.*)|JULIA_.*)$/,
  /^(R_(HOME|LIBS|PROFILE|ENVIRON).*|DOTNET_.*|COR(ECLR)?_.*|CLASSPATH|JAVA_.*|_JAVA_OPTIONS|JDK_JAVA_OPTIONS)$/,
  /^(MAVEN_.*|GRADLE_.*|GO(PATH|ROOT|FLAGS|DEBUG|PROXY)|CGO_.*|RUST(C|DOC)?_.*|RUST(C|FLAGS)|CARGO_.*|MAKEFLAGS)$/,
  /^(GIT_.*|SSH_.*|EDITOR|VISUAL|PAGER|MANPAGER|BROWSER|LESS(OPEN|CLOSE)?|TAR_OPTIONS|RSYNC_.*|CURL_.*|WGETRC)$/,
  /^(MAGICK_.*|FFREPORT|GST_.*|QT_.*|GTK_.*|GIO_.*|XDG_.*|GDAL_.*|CUDA_.*|OCL_.*|VK_.*|LIBGL_.*)$/,
  /^((HTTP|HTTPS|FTP|ALL|NO)_PROXY|SSL_.*|SSLKEYLOGFILE|OPENSSL_.*|REQUESTS_CA_BUNDLE)$/i,
  /^(AWS_.*|FDL_.*|LAMBDA_.*|ECS_.*|KUBE.*|DOCKER_.*|CONT_VAR_.*|_.*)$/,
  /^(INPUT_FILE_PATH|TMP_INPUT_DIR|TMP_OUTPUT_DIR|STORAGE_OBJECT_KEY|EVENT|EVENT_TIME)$/,
];

export interface QueryVariables {
  readonly environment: Readonly<Record<string, string>>;
  /** A sentence for each parameter that is not passed on. */
  readonly notes: readonly string[];
}

/** The parameters as variables, without those that could make a script run other code than its own. */
export function queryVariables(parameters: unknown): QueryVariables {
  const texts = Object.entries(asObject(parameters) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const passed = texts.filter(([name, value]) => mayPass(name) && !value.includes('\0'));
  const refused = texts.filter((text) => !passed.includes(text));
  return {
    environment: Object.fromEntries(passed),
    notes: refused.map(
      ([name]) => `the query parameter ${JSON.stringify(name)} is not passed on to the script`,
    ),
  };
}

function mayPass(name: string): boolean {
  return NAME.test(name) && !REFUSED.some((names) => names.test(name));
}
