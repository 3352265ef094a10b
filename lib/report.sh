# shellcheck shell=bash
# What bin/report tells of the last build: a line of YAML for each fact, in the cache, which is the only place that a
# failed build leaves to it.
set -euo pipefail

report_file=

# Without a cache that can be written to there is no report, and all else goes on.
report::begin() {
	report_file=$1/report.yml
	if ! { mkdir -p "$1" && : >"${report_file}"; } 2>/dev/null; then report_file=; fi
}

# A string has to be quoted by the caller; what looks like a number or a boolean is one.
report::set() {
	if [[ -n "${report_file}" ]]; then printf '%s: %s\n' "$1" "$2" >>"${report_file}"; fi
}

report::print() {
	if [[ -f "$1/report.yml" ]]; then cat "$1/report.yml"; fi
}
