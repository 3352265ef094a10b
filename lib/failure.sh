# shellcheck shell=bash
# Fails a build with a sentence for the user and an id for the report.
set -euo pipefail

failure_id=

failure::exit() {
	failure_id=$1
	output::error "$2"
	report::set failure "$1"
	exit 1
}

# For the EXIT trap: reports a failure that failure::exit has not reported.
failure::unforeseen() {
	local status=$1
	if ((status == 0)) || [[ -n "${failure_id}" ]]; then return; fi
	output::error "The swarm buildpack ended with status ${status}. Its last output may say why."
	report::set failure unforeseen
}
