# shellcheck shell=bash
# Tools that the checks need.
set -euo pipefail

tools::require() {
	local tool
	for tool in "$@"; do
		if ! command -v "${tool}" >/dev/null; then
			printf '%s is not installed: run .ci/packages on Debian, or install the package %s.\n' "${tool}" "${tool}" >&2
			return 1
		fi
	done
}
