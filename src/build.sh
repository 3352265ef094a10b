#!/usr/bin/env bash
# Builds dist/. What no source makes any more is removed last, and nothing else is: tests that are running use the rest.
set -euo pipefail

main() {
	local begin
	cd "${BASH_SOURCE[0]%/*}/.."
	begin=$(mktemp)
	# shellcheck disable=SC2064 # the name is needed when this function has returned
	trap "rm '${begin}'" EXIT
	PATH=${PWD}/node_modules/.bin:${PATH} tsc --project tsconfig.json
	src/commonjs.sh
	src/native/build.sh
	find dist -type f ! -newer "${begin}" ! -name '*.node' -delete
	find dist -type d -empty -delete
}

main
