# shellcheck shell=bash
# Results of runs in other systems, as lines in a log, because a serial console carries nothing else.
set -euo pipefail

# results::line SYSTEM NODE RUN VERDICT SECONDS
results::line() {
	printf '===== RESULT %s %s %s %s %s\n' "$@"
}

# Ends a log. A log without this line is from a system that stopped early.
results::end() {
	printf '===== END\n'
}

# results::table LOG…: prints a row for each Node and a column for each run. Fails if a run failed, if there are none,
# or if a log is incomplete.
results::table() {
	local log failed=0
	printf '\n'
	# A serial console ends its lines with CR LF.
	sed 's/\r$//' "$@" | awk --file test/systems/table.awk || failed=1
	for log in "$@"; do
		if ! grep --quiet '^===== END' "${log}"; then
			printf 'The log %s is incomplete: its system stopped early.\n' "${log}"
			failed=1
		fi
	done
	return "${failed}"
}
