#!/usr/bin/env bash
# Packs the package as for publishing, and installs it with npm, pnpm, Yarn and bun. main.js prints the table.
#
#   run.sh [VERSION…]   on these versions of Node; by default on 20 and 24
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/support/nodes.sh

main() {
	local version node nodes=() packed registry
	if (($# == 0)); then set -- 20 24; fi
	node test/support/install.js test/installers
	for version in "$@"; do
		node=$(nodes::install "${version}")
		nodes+=("${node}")
	done
	packed=$(mktemp --directory)
	# shellcheck disable=SC2064 # the name is needed when this function has returned
	trap "rm -r '${packed}'" EXIT
	# As in README.md: with the addon built for this machine.
	npm pack --silent --ignore-scripts --pack-destination "${packed}" >/dev/null
	registry=$(npm config get registry)
	npm_config_registry=${registry} node test/installers/main.js "${packed}"/*.tgz "${nodes[@]}"
}

main "$@"
