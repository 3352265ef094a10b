# shellcheck shell=bash
# What the runs need in addition to Node.
set -euo pipefail

# build::addons ARCH: swarm's own, and the one that the fidelity tests provoke it with.
build::addons() {
	if [[ ! -e dist/native/binding.js ]]; then
		printf 'dist is not there: npm run build makes it.\n' >&2
		return 1
	fi
	src/native/build.sh "$1"
	make --silent --directory=test/fidelity/probe ARCH="$1"
	src/native/floor.sh "test/fidelity/probe/build/linux-$1.node"
}
