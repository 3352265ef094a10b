#!/usr/bin/env bash
# Tests on every Node version that no two workers draw the same random numbers, whether packages were used before the
# fork or not. Without renewal they must draw the same, or the test proves nothing.
#
#   uniqueness.sh [VERSION…]   on these versions of Node; by default on all
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/support/nodes.sh

main() {
	local version node status
	npm ci --silent --no-audit --no-fund --ignore-scripts --prefix test/fidelity
	# The default includes the oldest supported version.
	if (($# == 0)); then set -- 20 "${NODE_VERSIONS[@]}"; fi
	for version in "$@"; do
		node=$(nodes::install "${version}")
		printf 'Node %s: ' "${version}"
		"${node}" test/fidelity/uniqueness.js
		"${node}" test/fidelity/uniqueness.js --used >/dev/null
		status=0
		"${node}" test/fidelity/uniqueness.js --used --without-renewal >/dev/null || status=$?
		if ((status != 1)); then
			printf 'without renewal the status should be 1, and is %d\n' "${status}"
			return 1
		fi
	done
}

main "$@"
