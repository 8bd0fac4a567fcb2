#!/bin/sh
# Open a case from the example without a question and without a network, then read it.
set -eu
cd "$(dirname "$0")/.."

unset CASECLI_PROFILE CASECLI_TOKEN CASECLI_TOKEN_FILE CASECLI_OFFLINE CASECLI_CLOCK
export CASECLI_HOME="$PWD/.demo"
rm -rf .demo

say() {
  printf '\n$ %s\n' "$*"
}

run() {
  say "$@"
  "$@"
}

say casecli open --from examples/incident.md --attach examples/app.log --no-input
number=$(casecli open --from examples/incident.md --attach examples/app.log --no-input)
printf '%s\n' "$number"
run casecli status
run casecli status "$number"
run casecli show "$number"
