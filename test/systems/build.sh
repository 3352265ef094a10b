# shellcheck shell=bash
# Builds what the runs need in addition to Node.
set -euo pipefail

# build::addons ARCH: builds swarm's addon, and the probe with which the fidelity tests challenge it.
build::addons() {
	if [[ ! -e dist/native/binding.js ]]; then
		printf 'dist/ does not exist: run npm run build.\n' >&2
		return 1
	fi
	src/native/build.sh "$1"
	make --silent --directory=test/fidelity/probe ARCH="$1"
	src/native/floor.sh "test/fidelity/probe/build/linux-$1.node"
}
