#!/usr/bin/env bash
# The first process of the dyno's PID namespace: prepares the file system, runs the leader, and ends with it, which ends
# all other processes. It is not in the dyno's memory group, so it gets no signals.
#
#   init.sh COMMAND [ARGUMENT…]
set -euo pipefail
source ./filesystem.sh

main() {
	local root=${PLACE:?}/root stderr status=0
	filesystem::make "${PLACE:?}" "${root}"
	# bash reports a killed process, and that report must not appear in the output of the application.
	exec {stderr}>&2 2>/dev/null
	# In the foreground: background processes of bash ignore INT and QUIT.
	./leader.sh "${root}" "$@" 2>&"${stderr}" {stderr}>&- || status=$?
	exit "${status}"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
