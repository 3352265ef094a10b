#!/usr/bin/env bash
# Builds dist/. Last, removes files that no source produces any more, and nothing else: running tests use the rest.
set -euo pipefail

main() {
	local begin
	cd "${BASH_SOURCE[0]%/*}/.."
	begin=$(mktemp)
	# shellcheck disable=SC2064 # the trap runs after this function has returned, when the variable is gone
	trap "rm '${begin}'" EXIT
	src/compile.sh
	src/native/build.sh
	find dist -type f ! -newer "${begin}" ! -name '*.node' -delete
	find dist -type d -empty -delete
}

main
