#!/usr/bin/env bash
# Tests swarm on other Node versions. vitest itself stays on the Node of this machine.
#
#   nodes.sh                            on every version below: all tests whose results can differ there
#   nodes.sh VERSION [vitest option…]   on one version; options can name other projects
set -euo pipefail

readonly NODE_VERSIONS=(22 24 26)

# Installs a version of Node unless it is installed, and prints the path of the binary. The packages
# node-<platform>-<arch> contain the binary; the package node would fetch it in an install script, which npm no longer
# runs.
nodes::install() {
	local version=$1 package prefix
	package=$(node --print '["node", process.platform, process.arch].join("-")')
	prefix=${PWD}/.cache/node-${version}
	if [[ ! -x "${prefix}/node_modules/${package}/bin/node" ]]; then
		npm install --prefix "${prefix}" --no-save --no-package-lock --loglevel=error "${package}@${version}" >&2
	fi
	printf '%s\n' "${prefix}/node_modules/${package}/bin/node"
}

# nodes::projects VERSION: prints all projects whose results can differ on this version, as options for vitest.
nodes::projects() {
	local version=$1 projects=(fidelity fidelity:more)
	# What swarm depends on is in 22 either as in 20 or as in 24.
	if ((version != 22)); then projects+=(process); fi
	# A new Node can make new system calls, which systemd or a container could refuse.
	if ((version == 26)); then projects+=(dyno systemd containers); fi
	# For queue libraries, the version of Node only decides which of them run: the newest need 24.
	if ((version == 24)); then projects+=(queues); fi
	printf -- '--project=%s\n' "${projects[@]}"
}

nodes::test() {
	local version=$1 node all options
	shift
	node=$(nodes::install "${version}")
	all=$(nodes::projects "${version}")
	mapfile -t options <<<"${all}"
	if [[ "$*" == *--project* ]]; then options=(); fi
	printf 'swarm runs on Node '
	"${node}" --version
	SWARM_TEST_NODE=${node} npx --no vitest run "${options[@]}" "$@"
}

main() {
	local version
	cd "${BASH_SOURCE[0]%/*}/../.."
	if (($# > 0)); then
		nodes::test "$@"
	else
		for version in "${NODE_VERSIONS[@]}"; do nodes::test "${version}"; done
	fi
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
