#!/usr/bin/env bash
# The first process of the dyno's pid namespace: prepares what the dyno sees, runs the leader, and ends with it, which ends
# all others. It is not in the dyno's memory group, and so not among the processes that are signalled.
#
#   init.sh COMMAND [ARGUMENT…]
set -euo pipefail
source ./filesystem.sh

main() {
	local root=${PLACE:?}/root stderr status=0
	filesystem::make "${PLACE:?}" "${root}"
	# bash reports a killed process, and that report must not look like the application's.
	exec {stderr}>&2 2>/dev/null
	# In the foreground: bash has what runs in the background ignore INT and QUIT.
	./leader.sh "${root}" "$@" 2>&"${stderr}" {stderr}>&- || status=$?
	exit "${status}"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
