#!/usr/bin/env bash
# Tests with other Nodes than the machine's, on which vitest stays.
#
#   nodes.sh                            on every version below, all that may come out otherwise there
#   nodes.sh VERSION [vitest option…]   on one; options name the projects, or else it is all of that
set -euo pipefail

readonly NODE_VERSIONS=(22 24 26)

# Prints where the binary is, after installing it unless it is there. The packages node-<platform>-<arch> carry it as it is;
# the package node would fetch it in an install script, which npm does not run any more.
nodes::install() {
	local version=$1 package prefix
	package=$(node --print '["node", process.platform, process.arch].join("-")')
	prefix=${PWD}/.cache/node-${version}
	if [[ ! -x "${prefix}/node_modules/${package}/bin/node" ]]; then
		npm install --prefix "${prefix}" --no-save --no-package-lock --loglevel=error "${package}@${version}" >&2
	fi
	printf '%s\n' "${prefix}/node_modules/${package}/bin/node"
}

# nodes::projects VERSION: prints all projects that may come out otherwise there, as options of vitest.
nodes::projects() {
	local version=$1 projects=(fidelity fidelity:more)
	# To swarm, 22 is 20 in some ways and 24 in all others.
	if ((version != 22)); then projects+=(process); fi
	# Under systemd and in a container a new Node may make new system calls.
	if ((version == 26)); then projects+=(dyno systemd containers); fi
	# What the queue libraries do depends on the Node only in which of them run there: the newest do on 24.
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
