# shellcheck shell=bash
# How a build fails: with a sentence for its reader, and an id for its report.
set -euo pipefail

failure_id=

failure::exit() {
	failure_id=$1
	output::error "$2"
	report::set failure "$1"
	exit 1
}

# For the EXIT trap: what no other failure has foreseen.
failure::unforeseen() {
	local status=$1
	if ((status == 0)) || [[ -n "${failure_id}" ]]; then return; fi
	output::error "The swarm buildpack ended with status ${status}. What it last printed may say why."
	report::set failure unforeseen
}
