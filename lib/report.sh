# shellcheck shell=bash
# The report of the last build for bin/report: one line of YAML per fact. It is in the cache, the only directory that
# survives a failed build.
set -euo pipefail

report_file=

# If the cache is not writable there is no report, and the build continues.
report::begin() {
	report_file=$1/report.yml
	if ! { mkdir -p "$1" && : >"${report_file}"; } 2>/dev/null; then report_file=; fi
}

# The caller must quote strings: in YAML, unquoted text that looks like a number or a boolean is one.
report::set() {
	if [[ -n "${report_file}" ]]; then printf '%s: %s\n' "$1" "$2" >>"${report_file}"; fi
}

report::print() {
	if [[ -f "$1/report.yml" ]]; then cat "$1/report.yml"; fi
}
