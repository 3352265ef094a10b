# shellcheck shell=bash
# What runs in other systems came to: lines in a log, because a serial console carries nothing else.
set -euo pipefail

# results::line SYSTEM NODE RUN VERDICT SECONDS
results::line() {
	printf '===== RESULT %s %s %s %s %s\n' "$@"
}

# The last line of a log: a system that went down half-way has not passed what it did not run.
results::end() {
	printf '===== END\n'
}

# results::table LOG…: prints a row for each Node and a column for each run. Fails if one of them did, if there is none, or
# if a log has no end.
results::table() {
	local log failed=0
	printf '\n'
	# A serial console ends its lines with CR LF.
	sed 's/\r$//' "$@" | awk --file test/systems/table.awk || failed=1
	for log in "$@"; do
		if ! grep --quiet '^===== END' "${log}"; then
			printf 'The log %s breaks off: its system did not get to the end.\n' "${log}"
			failed=1
		fi
	done
	return "${failed}"
}
