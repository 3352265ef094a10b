# shellcheck shell=bash
# The temporary directory in which a build creates everything before it moves the result.
set -euo pipefail

workspace=

workspace::open() {
	workspace=$(mktemp --directory)
	# Also removes the temporary files of npm and other programs.
	export TMPDIR=${workspace}
	trap workspace::close EXIT
}

workspace::close() {
	local status=$?
	rm -rf "${workspace}"
	failure::unforeseen "${status}"
}
