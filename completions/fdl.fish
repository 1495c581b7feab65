# fish completion of fdl
complete -c fdl -n __fish_use_subcommand -f -a init -d 'start a new workflow from a template'
complete -c fdl -n __fish_use_subcommand -f -a schema -d 'print the JSON Schema of FDL files, or make editors use it for a file'
complete -c fdl -n __fish_use_subcommand -f -a validate -d 'check files: their form, and what would keep them from being deployed'
complete -c fdl -n __fish_use_subcommand -f -a graph -d 'show a workflow as a picture'
complete -c fdl -n __fish_use_subcommand -f -a plan -d 'show what apply would do; changes nothing'
complete -c fdl -n __fish_use_subcommand -f -a apply -d 'create or update what the file describes'
complete -c fdl -n __fish_use_subcommand -f -a rm -d 'remove what was created, data stays; or remove objects'
complete -c fdl -n __fish_use_subcommand -f -a policy -d 'print the policy that whoever deploys the file needs on AWS, and no right more'
complete -c fdl -n __fish_use_subcommand -f -a ls -d 'list workflows and steps that are deployed, or objects of a store'
complete -c fdl -n __fish_use_subcommand -f -a run -d 'put inputs, follow them through every step, fetch the final outputs'
complete -c fdl -n __fish_use_subcommand -f -a rerun -d 'run inputs again that failed, with the scripts that are set up now'
complete -c fdl -n __fish_use_subcommand -f -a dev -d 'watch the input folders on this machine and run steps as files arrive, until Ctrl-C'
complete -c fdl -n __fish_use_subcommand -f -a put -d 'upload files to the entry step, or to a store'
complete -c fdl -n __fish_use_subcommand -f -a get -d 'download files, by default the final outputs'
complete -c fdl -n __fish_use_subcommand -f -a status -d 'show the invocations of every step'
complete -c fdl -n __fish_use_subcommand -f -a trace -d 'show what an object was made of, and what came of it'
complete -c fdl -n __fish_use_subcommand -f -a report -d 'write a page about what ran, or an RO-Crate'
complete -c fdl -n __fish_use_subcommand -f -a logs -d 'show what the scripts wrote, all steps as one stream'
complete -c fdl -n __fish_use_subcommand -f -a invoke -d 'call one step directly'
complete -c fdl -n __fish_use_subcommand -f -a cat -d 'write the content of objects to stdout'
complete -c fdl -n __fish_use_subcommand -f -a cp -d 'copy objects and files, within a store, between stores, and from and to this machine'
complete -c fdl -n __fish_use_subcommand -f -a sync -d 'make a folder hold what another one holds, here or in a store'
complete -c fdl -n __fish_use_subcommand -f -a cluster -d 'OSCAR clusters and their credentials'
complete -c fdl -n __fish_use_subcommand -f -a service -d 'services of an OSCAR cluster, whoever made them'
complete -c fdl -n __fish_use_subcommand -f -a bucket -d 'buckets of an OSCAR cluster, and who may use them'
complete -c fdl -n __fish_use_subcommand -f -a volume -d 'your volumes on an OSCAR cluster'
complete -c fdl -n __fish_use_subcommand -f -a quota -d 'show what a user of an OSCAR cluster uses and may use at most, or set it'
complete -c fdl -n __fish_use_subcommand -f -a metrics -d 'show what services of an OSCAR cluster used (OSCAR 4.0.0 and later)'
complete -c fdl -n __fish_use_subcommand -f -a export -d 'print all services of an OSCAR cluster, or what SCAR made on AWS, as one FDL file that makes them again'
complete -c fdl -n __fish_use_subcommand -f -a hub -d 'services that are ready to be deployed: OSCAR\'s hub'
complete -c fdl -n __fish_use_subcommand -f -a doctor -d 'look at what may keep workflows from being deployed or run: logins, clocks, networks, room'
complete -c fdl -n __fish_use_subcommand -f -a prices -d 'show what clouds charge, as far as it is known here, with source and date'
complete -c fdl -n __fish_use_subcommand -f -a version -d 'print version, commit, platform and Node, for a report of a fault'
complete -c fdl -n __fish_use_subcommand -f -a completion -d 'print a completion script for a shell'
complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 3; and __fish_seen_subcommand_from cluster' -f -a 'add login ls rm info health status logs default'
complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 3; and __fish_seen_subcommand_from service' -f -a 'ls get logs stop start restart clear'
complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 3; and __fish_seen_subcommand_from bucket' -f -a 'ls info create update rm'
complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 3; and __fish_seen_subcommand_from volume' -f -a 'ls info create rm'
complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 3; and __fish_seen_subcommand_from hub' -f -a 'ls info deploy validate'
complete -c fdl -n __fish_use_subcommand -f -a help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from help; and test (count (commandline -opc)) -eq 2' -f -a 'init schema validate graph plan apply rm policy ls run rerun dev put get status trace report logs invoke cat cp sync cluster service bucket volume quota metrics export hub doctor prices version completion'
complete -c fdl -n '__fish_seen_subcommand_from init' -l image -d 'start from a container image alone, without a template' -r
complete -c fdl -n '__fish_seen_subcommand_from init' -l name -d 'name of its step (default: that of the image)' -r
complete -c fdl -n '__fish_seen_subcommand_from init' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from init' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from init' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from schema' -l modeline -d 'write the schema beside the file, and the line that names it to its top'
complete -c fdl -n '__fish_seen_subcommand_from schema' -l documents -d 'print the schema of what commands print with --json instead'
complete -c fdl -n '__fish_seen_subcommand_from schema' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from schema' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from schema' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from validate' -l strict -d 'take every warning for an error'
complete -c fdl -n '__fish_seen_subcommand_from validate' -l form -d 'check the form only, not whether the steps could be deployed'
complete -c fdl -n '__fish_seen_subcommand_from validate' -l local -d 'judge for this machine, whatever provider the file names'
complete -c fdl -n '__fish_seen_subcommand_from validate' -l no-local-files -d 'do not check that scripts exist'
complete -c fdl -n '__fish_seen_subcommand_from validate' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from validate' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from validate' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from validate' -l json -d 'print one JSON object per file, one per line'
complete -c fdl -n '__fish_seen_subcommand_from validate' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from validate' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from graph' -l format -d 'kind of picture' -x -a 'text mermaid dot'
complete -c fdl -n '__fish_seen_subcommand_from graph' -l resources -d 'draw what would be made for it, instead of its steps'
complete -c fdl -n '__fish_seen_subcommand_from graph' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from graph' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from graph' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from graph' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from graph' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from graph' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from graph' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from graph' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l detailed-exitcode -d 'exit 3 when there are changes'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l verbose -d 'show all properties of what is created, and whole values'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l offline -d 'ask nobody, and need no credentials: what would be made where nothing is; ends with 2 where validate does'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l cost -d 'also what it would cost to run it'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l runs -d 'of --cost: how often each step runs (default: once)' -r
complete -c fdl -n '__fish_seen_subcommand_from plan' -l seconds -d 'of --cost: how long an invocation takes, of all steps or STEP=SECONDS (repeatable; default: 1)' -r
complete -c fdl -n '__fish_seen_subcommand_from plan' -l prices -d 'prices that count before those that are known, as YAML or JSON (or FDL_PRICES)' -r
complete -c fdl -n '__fish_seen_subcommand_from plan' -l adopt -d 'take over what exists already and was not created by this workflow'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l prune -d 'delete what this workflow created and the file no longer names'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l update-runtime -d 'take the latest runtime for steps that are deployed already, too'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from plan' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from plan' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from plan' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from plan' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from plan' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from apply' -l adopt -d 'take over what exists already and was not created by this workflow'
complete -c fdl -n '__fish_seen_subcommand_from apply' -l prune -d 'delete what this workflow created and the file no longer names'
complete -c fdl -n '__fish_seen_subcommand_from apply' -l update-runtime -d 'take the latest runtime for steps that are deployed already, too'
complete -c fdl -n '__fish_seen_subcommand_from apply' -s y -l yes -d 'do not ask before something is deleted'
complete -c fdl -n '__fish_seen_subcommand_from apply' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from apply' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from apply' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from apply' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from apply' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from apply' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from apply' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from apply' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from rm' -l delete-data -d 'delete buckets that are not empty, too'
complete -c fdl -n '__fish_seen_subcommand_from rm' -l force -d 'end jobs that still wait or run'
complete -c fdl -n '__fish_seen_subcommand_from rm' -s r -l recursive -d 'of URIs: all objects below'
complete -c fdl -n '__fish_seen_subcommand_from rm' -s f -l file -d 'FDL file whose stores URIs name, such as minio.my_minio://bucket' -r
complete -c fdl -n '__fish_seen_subcommand_from rm' -l service -d 'this service of an OSCAR cluster, without a file' -r
complete -c fdl -n '__fish_seen_subcommand_from rm' -l cluster -d 'without a file: the OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from rm' -s y -l yes -d 'do not ask before something is deleted'
complete -c fdl -n '__fish_seen_subcommand_from rm' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from rm' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from rm' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from rm' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from rm' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from rm' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from rm' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from rm' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from policy' -l for -d 'what is to be permitted (default: all of it)' -x -a 'apply rm run look'
complete -c fdl -n '__fish_seen_subcommand_from policy' -l account -d 'number of the account (default: that of the credentials)' -r
complete -c fdl -n '__fish_seen_subcommand_from policy' -l github -d 'also print the trust policy for GitHub Actions of OWNER/REPOSITORY' -r
complete -c fdl -n '__fish_seen_subcommand_from policy' -l branch -d 'of these, only runs on this branch' -r
complete -c fdl -n '__fish_seen_subcommand_from policy' -l environment -d 'of these, only jobs with this environment' -r
complete -c fdl -n '__fish_seen_subcommand_from policy' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from policy' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from policy' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from policy' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from policy' -l json -d 'print one JSON document with everything on stdout'
complete -c fdl -n '__fish_seen_subcommand_from policy' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from policy' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from ls' -s r -l recursive -d 'of a URI: all objects below'
complete -c fdl -n '__fish_seen_subcommand_from ls' -s f -l file -d 'FDL file whose stores URIs name, such as minio.my_minio://bucket' -r
complete -c fdl -n '__fish_seen_subcommand_from ls' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from ls' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from ls' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from ls' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from ls' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from ls' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from ls' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from ls' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from run' -s o -l output -d 'fetch the final outputs to this folder' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l step -d 'entry step, where there are several' -x -a '(fdl completion steps (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from run' -l no-follow-links -d 'leave out links to files that lie in folders, and name them'
complete -c fdl -n '__fish_seen_subcommand_from run' -l resume -d 'finish what an earlier run or put left on this machine'
complete -c fdl -n '__fish_seen_subcommand_from run' -l failed -d 'like --resume, and run again what failed'
complete -c fdl -n '__fish_seen_subcommand_from run' -l cached -d 'use results whose script, image, parameters and input are the same; =why says what changed'
complete -c fdl -n '__fish_seen_subcommand_from run' -l timeout -d 'on clouds: seconds to wait for the steps (default: until nothing has changed for an hour)' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l prices -d 'prices that count before those that are known, as YAML or JSON (or FDL_PRICES)' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l engine -d 'what runs containers here; "host" runs scripts without their image' -x -a 'auto docker podman host'
complete -c fdl -n '__fish_seen_subcommand_from run' -l concurrency -d 'scripts that run at the same time (default: number of processors)' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l retries -d 'more attempts for an input that failed; on clouds after longer and longer pauses' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from run' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from run' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from run' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from run' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from run' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -s o -l output -d 'fetch the final outputs to this folder' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l step -d 'of this step only' -x -a '(fdl completion steps (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l since -d 'from then on: 10m, 2h, 3d, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l failed -d 'only those that failed, as without --all and invocations'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l all -d 'also those that succeeded, such as after a change of the script'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l timeout -d 'on clouds: seconds to wait for the steps (default: until nothing has changed for an hour)' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l prices -d 'prices that count before those that are known, as YAML or JSON (or FDL_PRICES)' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l engine -d 'what runs containers here; "host" runs scripts without their image' -x -a 'auto docker podman host'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l concurrency -d 'scripts that run at the same time (default: number of processors)' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l retries -d 'more attempts for an input that failed; on clouds after longer and longer pauses' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from rerun' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from dev' -l engine -d 'what runs containers here; "host" runs scripts without their image' -x -a 'auto docker podman host'
complete -c fdl -n '__fish_seen_subcommand_from dev' -l concurrency -d 'scripts that run at the same time (default: number of processors)' -r
complete -c fdl -n '__fish_seen_subcommand_from dev' -l retries -d 'more attempts for an input that failed; on clouds after longer and longer pauses' -r
complete -c fdl -n '__fish_seen_subcommand_from dev' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from dev' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from dev' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from dev' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from dev' -l json -d 'print one JSON object a line on stdout'
complete -c fdl -n '__fish_seen_subcommand_from dev' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from dev' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from put' -s f -l file -d 'FDL file (default: workflow.yaml or fdl.yaml here)' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l step -d 'step whose input gets the files' -x -a '(fdl completion steps (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from put' -l to -d 'storage URI instead, such as s3://bucket/folder' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l checksum -d 'of URIs: tell by checksums what is there already, not by size and time'
complete -c fdl -n '__fish_seen_subcommand_from put' -l force -d 'of URIs: move also what is there already'
complete -c fdl -n '__fish_seen_subcommand_from put' -l no-follow-links -d 'leave out links to files that lie in folders, and name them'
complete -c fdl -n '__fish_seen_subcommand_from put' -l wait -d 'wait until nothing is left to do; on this machine, do it'
complete -c fdl -n '__fish_seen_subcommand_from put' -l timeout -d 'on clouds: seconds to wait for the steps (default: until nothing has changed for an hour)' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l engine -d 'what runs containers here; "host" runs scripts without their image' -x -a 'auto docker podman host'
complete -c fdl -n '__fish_seen_subcommand_from put' -l concurrency -d 'scripts that run at the same time (default: number of processors)' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l retries -d 'more attempts for an input that failed; on clouds after longer and longer pauses' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from put' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from put' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from put' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from put' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from put' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from get' -s f -l file -d 'FDL file (default: workflow.yaml or fdl.yaml here)' -r
complete -c fdl -n '__fish_seen_subcommand_from get' -l step -d 'step whose outputs to fetch' -x -a '(fdl completion steps (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from get' -l from -d 'storage URI instead, such as s3://bucket/folder' -r
complete -c fdl -n '__fish_seen_subcommand_from get' -s o -l output -d 'where to put the files' -r
complete -c fdl -n '__fish_seen_subcommand_from get' -l newer -d 'of URIs: what changed since: 10m, 2h, 3d, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from get' -l latest -d 'of URIs: the one that changed last'
complete -c fdl -n '__fish_seen_subcommand_from get' -l checksum -d 'of URIs: tell by checksums what is there already, not by size and time'
complete -c fdl -n '__fish_seen_subcommand_from get' -l force -d 'of URIs: move also what is there already'
complete -c fdl -n '__fish_seen_subcommand_from get' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from get' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from get' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from get' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from get' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from get' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from get' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from get' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from status' -l step -d 'of this step only' -x -a '(fdl completion steps (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from status' -l failed -d 'only inputs whose last attempt failed; ends with 1 if there are any'
complete -c fdl -n '__fish_seen_subcommand_from status' -l watch -d 'draw it anew as it changes, until Ctrl-C'
complete -c fdl -n '__fish_seen_subcommand_from status' -l cost -d 'also what they cost, by step and by input, as far as prices are known'
complete -c fdl -n '__fish_seen_subcommand_from status' -l prices -d 'prices that count before those that are known, as YAML or JSON (or FDL_PRICES)' -r
complete -c fdl -n '__fish_seen_subcommand_from status' -l since -d 'from then on: 10m, 2h, 3d, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from status' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from status' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from status' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from status' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from status' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from status' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from status' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from status' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from trace' -l format -d 'how to show it (text)' -x -a 'text mermaid html otlp'
complete -c fdl -n '__fish_seen_subcommand_from trace' -l since -d 'from then on: 10m, 2h, 3d, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from trace' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from trace' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from trace' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from trace' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from trace' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from trace' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from trace' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from trace' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from report' -s o -l output -d 'where to write it (default: report.html, or the folder ro-crate; - is standard output)' -r
complete -c fdl -n '__fish_seen_subcommand_from report' -l format -d 'a page (html), or a folder with data, for those who publish (ro-crate)' -x -a 'html ro-crate'
complete -c fdl -n '__fish_seen_subcommand_from report' -l license -d 'of an RO-Crate: its license, best as a URL' -r
complete -c fdl -n '__fish_seen_subcommand_from report' -l prices -d 'prices that count before those that are known, as YAML or JSON (or FDL_PRICES)' -r
complete -c fdl -n '__fish_seen_subcommand_from report' -l since -d 'from then on: 10m, 2h, 3d, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from report' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from report' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from report' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from report' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from report' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from report' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from report' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from report' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l follow -d 'go on as more is written, until Ctrl-C'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l since -d 'from then on: 10m, 2h, 3d, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l invocation -d 'of this invocation only' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l until -d 'lines before: 10m, 2h, 3d ago, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l tail -d 'so many of the last lines' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l failed -d 'of inputs whose last attempt failed'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l filter -d 'lines that contain this text, or match /expression/' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l deployment -d 'of the pods of an exposed service themselves, as fdl service logs shows them' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l cluster -d 'OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from logs' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from logs' -l all -d 'all jobs, those that failed, wait or run, too'
complete -c fdl -n '__fish_seen_subcommand_from logs' -s y -l yes -d 'do not ask before something is deleted'
complete -c fdl -n '__fish_seen_subcommand_from logs' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l data -d 'payload: text, @FILE, or - for stdin (default: what the file says of calls)' -r
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l async -d 'do not wait for the answer'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l no-async -d 'wait for it, whatever the file says'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l http -d 'call the step\'s address over HTTP'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l engine -d 'what runs containers here; "host" runs scripts without their image' -x -a 'auto docker podman host'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from cat' -s f -l file -d 'FDL file whose stores URIs name, such as minio.my_minio://bucket' -r
complete -c fdl -n '__fish_seen_subcommand_from cat' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from cat' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from cat' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cat' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from cat' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from cat' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from cat' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from cp' -s r -l recursive -d 'all that is below a folder'
complete -c fdl -n '__fish_seen_subcommand_from cp' -l checksum -d 'tell by checksums what is there already, not by size and time'
complete -c fdl -n '__fish_seen_subcommand_from cp' -l force -d 'copy also what is there already'
complete -c fdl -n '__fish_seen_subcommand_from cp' -s f -l file -d 'FDL file whose stores URIs name, such as minio.my_minio://bucket' -r
complete -c fdl -n '__fish_seen_subcommand_from cp' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from cp' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from cp' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cp' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from cp' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from cp' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from cp' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from cp' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from sync' -l delete -d 'delete what the source does not have; asks before'
complete -c fdl -n '__fish_seen_subcommand_from sync' -l dry-run -d 'only say what would be moved and deleted'
complete -c fdl -n '__fish_seen_subcommand_from sync' -l checksum -d 'tell by checksums what is there already, not by size and time'
complete -c fdl -n '__fish_seen_subcommand_from sync' -l force -d 'copy also what is there already'
complete -c fdl -n '__fish_seen_subcommand_from sync' -s y -l yes -d 'do not ask before something is deleted'
complete -c fdl -n '__fish_seen_subcommand_from sync' -s f -l file -d 'FDL file whose stores URIs name, such as minio.my_minio://bucket' -r
complete -c fdl -n '__fish_seen_subcommand_from sync' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from sync' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from sync' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from sync' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from sync' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from sync' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from sync' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from sync' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l user -d 'user; the password is asked for' -r
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l password-stdin -d 'read the password from standard input'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l token-stdin -d 'read an OIDC access token from standard input'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l refresh-token-stdin -d 'read an OIDC refresh token from standard input'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l oidc-account -d 'log in with this account of oidc-agent' -r
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l ca -d 'certificates of its own authority, in PEM, also for its MinIO' -r
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l no-ssl-verify -d 'take any certificate of this cluster'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l no-check -d 'store it without asking the cluster'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l no-keyring -d 'store the login in the file, though this system has a keyring'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l issuer -d 'where to log in: an issuer that the cluster takes tokens of, which is a Keycloak' -r
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l client -d 'public client of the issuer' -r
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l scope -d 'what to ask for, with spaces between' -r
complete -c fdl -n '__fish_seen_subcommand_from cluster' -l previous -d 'of the manager that ran before the present one was started'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from service' -l cluster -d 'OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from service' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from service' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from service' -s o -l output -d 'write it to this file, which must not be there yet' -r
complete -c fdl -n '__fish_seen_subcommand_from service' -l lines -d 'at most so many of the latest lines' -r
complete -c fdl -n '__fish_seen_subcommand_from service' -l all -d 'all jobs, those that failed, wait or run, too'
complete -c fdl -n '__fish_seen_subcommand_from service' -s y -l yes -d 'do not ask before something is deleted'
complete -c fdl -n '__fish_seen_subcommand_from service' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -l cluster -d 'OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -l visibility -d 'its owner alone, some users (--allow), or all users of the cluster' -x -a 'private restricted public'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -l allow -d 'id of a user who may use it, which makes it restricted (repeatable)' -r
complete -c fdl -n '__fish_seen_subcommand_from bucket' -l delete-data -d 'delete what is in it, too'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -l force -d 'remove it although services use it'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -s y -l yes -d 'do not ask before something is deleted'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from volume' -l cluster -d 'OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from volume' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from volume' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from volume' -s y -l yes -d 'do not ask before something is deleted'
complete -c fdl -n '__fish_seen_subcommand_from volume' -l delete-data -d 'delete what is on it, too; without, nothing is removed'
complete -c fdl -n '__fish_seen_subcommand_from volume' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from quota' -l set -d 'limit to set, by the name that is shown, for the administrator (repeatable)' -r
complete -c fdl -n '__fish_seen_subcommand_from quota' -l cluster -d 'OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from quota' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from quota' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from quota' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from metrics' -l since -d 'since then (default: a day): 10m, 2h, 3d, or a date' -r
complete -c fdl -n '__fish_seen_subcommand_from metrics' -l by -d 'how often services were called, for each of these' -x -a 'service user country'
complete -c fdl -n '__fish_seen_subcommand_from metrics' -l cluster -d 'OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from metrics' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from metrics' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from metrics' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from export' -s o -l output -d 'write it to this file, which must not be there yet' -r
complete -c fdl -n '__fish_seen_subcommand_from export' -l workflow -d 'only the services of this workflow' -r
complete -c fdl -n '__fish_seen_subcommand_from export' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from export' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from export' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from hub' -l from -d 'a folder of crates, or the https:// address of a repository on GitHub, GitLab, Gitea or Forgejo' -r
complete -c fdl -n '__fish_seen_subcommand_from hub' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from hub' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from hub' -l name -d 'another name for the service, and for its folders' -r
complete -c fdl -n '__fish_seen_subcommand_from hub' -l no-apply -d 'only write the files'
complete -c fdl -n '__fish_seen_subcommand_from hub' -l cluster -d 'OSCAR cluster (default: the default cluster)' -x -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from hub' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from doctor' -l local -d 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)'
complete -c fdl -n '__fish_seen_subcommand_from doctor' -l workflow -d 'name of the workflow, instead of the one the file gives' -r
complete -c fdl -n '__fish_seen_subcommand_from doctor' -l param -d 'value of a parameter of the file, instead of its default (repeatable)' -x -a '(fdl completion parameters (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from doctor' -l params -d 'values of parameters, as YAML or JSON; --param counts before them' -r
complete -c fdl -n '__fish_seen_subcommand_from doctor' -l env-file -d 'variables for ${env:NAME} (default: .env beside the FDL file)' -r
complete -c fdl -n '__fish_seen_subcommand_from doctor' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from doctor' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from doctor' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from prices' -l region -d 'only prices that count in this region' -r
complete -c fdl -n '__fish_seen_subcommand_from prices' -l prices -d 'prices that count before those that are known, as YAML or JSON (or FDL_PRICES)' -r
complete -c fdl -n '__fish_seen_subcommand_from prices' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from prices' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from prices' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from version' -l json -d 'print one JSON document on stdout'
complete -c fdl -n '__fish_seen_subcommand_from version' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from version' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from completion' -l debug -d 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)'
complete -c fdl -n '__fish_seen_subcommand_from completion' -s h -l help -d 'show help'
complete -c fdl -n '__fish_seen_subcommand_from cluster' -f -a 'add login ls rm info health status logs default'
complete -c fdl -n '__fish_seen_subcommand_from service' -f -a 'ls get logs stop start restart clear'
complete -c fdl -n '__fish_seen_subcommand_from bucket' -f -a 'ls info create update rm'
complete -c fdl -n '__fish_seen_subcommand_from volume' -f -a 'ls info create rm'
complete -c fdl -n '__fish_seen_subcommand_from hub' -f -a 'ls info deploy validate'
complete -c fdl -n '__fish_seen_subcommand_from init' -a '(fdl completion templates 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from logs' -a '(fdl completion steps (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from invoke' -a '(fdl completion steps (commandline -opc | string match "*.y*ml")[1] 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cluster; and __fish_seen_subcommand_from login' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cluster; and __fish_seen_subcommand_from rm' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cluster; and __fish_seen_subcommand_from info' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cluster; and __fish_seen_subcommand_from health' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cluster; and __fish_seen_subcommand_from status' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cluster; and __fish_seen_subcommand_from logs' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from cluster; and __fish_seen_subcommand_from default' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from export' -a '(fdl completion clusters 2>/dev/null)'
complete -c fdl -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'
