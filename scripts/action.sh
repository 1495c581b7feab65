#!/usr/bin/env bash
# What action.yml runs: the command, its text for the summary of the job and, if wanted, for a comment on the pull request.
set -euo pipefail

case $INPUT_COMMAND in
  validate | plan | apply) ;;
  *)
    echo "::error::The input command is \"$INPUT_COMMAND\". It must be validate, plan or apply."
    exit 2
    ;;
esac

text=$(mktemp)
trap 'rm -f "$text"' EXIT
read -r -a more <<< "$INPUT_ARGS" || true
case $INPUT_COMMAND in
  plan) more+=(--detailed-exitcode) ;;
  apply) more+=(--yes) ;;
esac

# The log of the job has both streams; the summary has them in the same order.
code=0
node -- "$GITHUB_ACTION_PATH/bin/fdl.js" "$INPUT_COMMAND" "$INPUT_FILE" ${more[@]+"${more[@]}"} 2>&1 | tee "$text" || code=${PIPESTATUS[0]}

if [ "$INPUT_COMMAND" = plan ]; then
  # 3 says that there are changes; that is no failure.
  case $code in
    0) echo "changes=false" >> "$GITHUB_OUTPUT" ;;
    3) echo "changes=true" >> "$GITHUB_OUTPUT" && code=0 ;;
  esac
fi

# A comment has at most 65,536 characters.
marker="<!-- fdl $INPUT_COMMAND $INPUT_FILE -->"
page() {
  printf '%s\n### `fdl %s %s`\n\n````text\n' "$marker" "$INPUT_COMMAND" "$INPUT_FILE"
  head -c 60000 "$text"
  printf '\n````\n'
}
page >> "$GITHUB_STEP_SUMMARY"

if [ "$INPUT_COMMENT" = true ] && [ -n "$PULL_REQUEST" ]; then
  comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
  found=$(marker=$marker gh api --paginate "$comments" --jq '.[] | select(.body | startswith(env.marker)) | .id' | head -n 1)
  if [ -n "$found" ]; then
    page | gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$found" --field body=@- > /dev/null
  else
    page | gh api --method POST "$comments" --field body=@- > /dev/null
  fi
fi
exit "$code"
