# bash completion of fdl
# What only fdl knows, one a line. Nothing of it is run, or even looked at by the shell.
_fdl_listed() {
  local each file=""
  for each in "${COMP_WORDS[@]:2}"; do case "$each" in *.yaml|*.yml) file="$each" ;; esac; done
  while IFS= read -r each; do
    if [[ "$each" == "$word"* ]]; then COMPREPLY+=("$each"); fi
  done < <(fdl completion "$1" "$file" 2>/dev/null)
}
_fdl() {
  COMPREPLY=()
  local word="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" flags=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "init schema validate graph plan apply rm policy ls run rerun dev put get status trace report logs invoke cat cp sync cluster service bucket volume quota metrics export hub doctor prices version completion help --help --version" -- "$word"))
    return
  fi
  case "$command:$previous" in
    graph:--format) COMPREPLY=($(compgen -W "text mermaid dot" -- "$word")); return ;;
    policy:--for) COMPREPLY=($(compgen -W "apply rm run look" -- "$word")); return ;;
    run:--cached) COMPREPLY=($(compgen -W "why" -- "$word")); return ;;
    run:--engine) COMPREPLY=($(compgen -W "auto docker podman host" -- "$word")); return ;;
    rerun:--engine) COMPREPLY=($(compgen -W "auto docker podman host" -- "$word")); return ;;
    dev:--engine) COMPREPLY=($(compgen -W "auto docker podman host" -- "$word")); return ;;
    put:--engine) COMPREPLY=($(compgen -W "auto docker podman host" -- "$word")); return ;;
    trace:--format) COMPREPLY=($(compgen -W "text mermaid html otlp" -- "$word")); return ;;
    report:--format) COMPREPLY=($(compgen -W "html ro-crate" -- "$word")); return ;;
    invoke:--engine) COMPREPLY=($(compgen -W "auto docker podman host" -- "$word")); return ;;
    bucket:--visibility) COMPREPLY=($(compgen -W "private restricted public" -- "$word")); return ;;
    metrics:--by) COMPREPLY=($(compgen -W "service user country" -- "$word")); return ;;
    validate:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    graph:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    plan:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    apply:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    rm:--cluster) _fdl_listed clusters; return ;;
    rm:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    policy:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    ls:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    run:--step) _fdl_listed steps; return ;;
    run:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    rerun:--step) _fdl_listed steps; return ;;
    rerun:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    dev:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    put:--step) _fdl_listed steps; return ;;
    put:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    get:--step) _fdl_listed steps; return ;;
    get:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    status:--step) _fdl_listed steps; return ;;
    status:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    trace:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    report:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    logs:--cluster) _fdl_listed clusters; return ;;
    logs:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    invoke:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    cat:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    cp:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    sync:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    service:--cluster) _fdl_listed clusters; return ;;
    bucket:--cluster) _fdl_listed clusters; return ;;
    volume:--cluster) _fdl_listed clusters; return ;;
    quota:--cluster) _fdl_listed clusters; return ;;
    metrics:--cluster) _fdl_listed clusters; return ;;
    hub:--cluster) _fdl_listed clusters; return ;;
    doctor:--param) _fdl_listed parameters; compopt -o nospace +o filenames 2>/dev/null; return ;;
    cluster:cluster) COMPREPLY=($(compgen -W "add login ls rm info health status logs default --help" -- "$word")); return ;;
    service:service) COMPREPLY=($(compgen -W "ls get logs stop start restart clear --help" -- "$word")); return ;;
    bucket:bucket) COMPREPLY=($(compgen -W "ls info create update rm --help" -- "$word")); return ;;
    volume:volume) COMPREPLY=($(compgen -W "ls info create rm --help" -- "$word")); return ;;
    hub:hub) COMPREPLY=($(compgen -W "ls info deploy validate --help" -- "$word")); return ;;
    help:cluster) COMPREPLY=($(compgen -W "add login ls rm info health status logs default" -- "$word")); return ;;
    help:service) COMPREPLY=($(compgen -W "ls get logs stop start restart clear" -- "$word")); return ;;
    help:bucket) COMPREPLY=($(compgen -W "ls info create update rm" -- "$word")); return ;;
    help:volume) COMPREPLY=($(compgen -W "ls info create rm" -- "$word")); return ;;
    help:hub) COMPREPLY=($(compgen -W "ls info deploy validate" -- "$word")); return ;;
    help:help) COMPREPLY=($(compgen -W "init schema validate graph plan apply rm policy ls run rerun dev put get status trace report logs invoke cat cp sync cluster service bucket volume quota metrics export hub doctor prices version completion" -- "$word")); return ;;
    completion:*) [[ $word == -* ]] || { COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return; } ;;
  esac
  if [[ "$word" == -* ]]; then
    case "$command" in
      init) flags="--image --name --json --debug --help" ;;
      schema) flags="--modeline --documents --json --debug --help" ;;
      validate) flags="--strict --form --local --no-local-files --param --params --env-file --json --debug --help" ;;
      graph) flags="--format --resources --local --workflow --param --params --env-file --json --debug --help" ;;
      plan) flags="--detailed-exitcode --verbose --offline --cost --runs --seconds --prices --adopt --prune --update-runtime --local --workflow --param --params --env-file --json --debug --help" ;;
      apply) flags="--adopt --prune --update-runtime --yes --local --workflow --param --params --env-file --json --debug --help" ;;
      rm) flags="--delete-data --force --recursive --file --service --cluster --yes --local --workflow --param --params --env-file --json --debug --help" ;;
      policy) flags="--for --account --github --branch --environment --workflow --param --params --env-file --json --debug --help" ;;
      ls) flags="--recursive --file --local --workflow --param --params --env-file --json --debug --help" ;;
      run) flags="--output --step --no-follow-links --resume --failed --cached --timeout --prices --engine --concurrency --retries --local --workflow --param --params --env-file --json --debug --help" ;;
      rerun) flags="--output --step --since --failed --all --timeout --prices --engine --concurrency --retries --local --workflow --param --params --env-file --json --debug --help" ;;
      dev) flags="--engine --concurrency --retries --workflow --param --params --env-file --json --debug --help" ;;
      put) flags="--file --step --to --checksum --force --no-follow-links --wait --timeout --engine --concurrency --retries --local --workflow --param --params --env-file --json --debug --help" ;;
      get) flags="--file --step --from --output --newer --latest --checksum --force --local --workflow --param --params --env-file --json --debug --help" ;;
      status) flags="--step --failed --watch --cost --prices --since --local --workflow --param --params --env-file --json --debug --help" ;;
      trace) flags="--format --since --local --workflow --param --params --env-file --json --debug --help" ;;
      report) flags="--output --format --license --prices --since --local --workflow --param --params --env-file --json --debug --help" ;;
      logs) flags="--follow --since --invocation --until --tail --failed --filter --deployment --cluster --local --workflow --param --params --env-file --json --debug --all --yes --help" ;;
      invoke) flags="--data --async --no-async --http --engine --local --workflow --param --params --env-file --json --debug --help" ;;
      cat) flags="--file --local --workflow --param --params --env-file --debug --help" ;;
      cp) flags="--recursive --checksum --force --file --local --workflow --param --params --env-file --json --debug --help" ;;
      sync) flags="--delete --dry-run --checksum --force --yes --file --local --workflow --param --params --env-file --json --debug --help" ;;
      cluster) flags="--json --debug --user --password-stdin --token-stdin --refresh-token-stdin --oidc-account --ca --no-ssl-verify --no-check --no-keyring --issuer --client --scope --previous --help" ;;
      service) flags="--cluster --json --debug --output --lines --all --yes --help" ;;
      bucket) flags="--cluster --json --debug --visibility --allow --delete-data --force --yes --help" ;;
      volume) flags="--cluster --json --debug --yes --delete-data --help" ;;
      quota) flags="--set --cluster --json --debug --help" ;;
      metrics) flags="--since --by --cluster --json --debug --help" ;;
      export) flags="--output --workflow --json --debug --help" ;;
      hub) flags="--from --json --debug --name --no-apply --cluster --help" ;;
      doctor) flags="--local --workflow --param --params --env-file --json --debug --help" ;;
      prices) flags="--region --prices --json --debug --help" ;;
      version) flags="--json --debug --help" ;;
      completion) flags="--debug --help" ;;
    esac
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else
    case "$command:$previous" in
    init:*) _fdl_listed templates ;;
    logs:*) _fdl_listed steps ;;
    invoke:*) _fdl_listed steps ;;
    cluster:login) _fdl_listed clusters; return ;;
    cluster:rm) _fdl_listed clusters; return ;;
    cluster:info) _fdl_listed clusters; return ;;
    cluster:health) _fdl_listed clusters; return ;;
    cluster:status) _fdl_listed clusters; return ;;
    cluster:logs) _fdl_listed clusters; return ;;
    cluster:default) _fdl_listed clusters; return ;;
    export:*) _fdl_listed clusters ;;
    esac
    # By lines: names of files may have spaces.
    while IFS= read -r previous; do COMPREPLY+=("$previous"); done < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _fdl fdl
