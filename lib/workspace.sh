# shellcheck shell=bash
# The directory in which a build makes things, until all of them are there.
set -euo pipefail

workspace=

workspace::open() {
	workspace=$(mktemp --directory)
	# What npm and others leave there goes with it.
	export TMPDIR=${workspace}
	trap workspace::close EXIT
}

workspace::close() {
	local status=$?
	rm -rf "${workspace}"
	failure::unforeseen "${status}"
}
