# shellcheck shell=bash
# The Node that heroku/nodejs or another earlier buildpack has installed.
set -euo pipefail

# As in package.json, "engines".
readonly NODE_MINIMUM=20.19

node_version=

# node::require REMEDY [DIRECTORY]: puts Node on the PATH, and its version into $node_version. REMEDY says how to put
# heroku/nodejs before this buildpack. DIRECTORY is where the classic heroku/nodejs installs Node.
node::require() {
	local remedy=$1 directory=${2:-}
	if [[ -n "${directory}" ]]; then PATH=${directory}/bin:${PATH}; fi
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		failure::exit node-missing "There is no Node.js yet, and swarm needs it. Put heroku/nodejs before swarm:

    ${remedy}"
	fi
	node_version=$(node --version)
	node_version=${node_version#v}
	report::set node_version "\"${node_version}\""
	if ! node::is_recent "${node_version}"; then
		failure::exit node-too-old "Node.js ${node_version} is too old: swarm needs ${NODE_MINIMUM} or later. Request it in package.json:

    \"engines\": { \"node\": \"24.x\" }"
	fi
}

node::is_recent() {
	local major minor minimum_major=${NODE_MINIMUM%.*} minimum_minor=${NODE_MINIMUM#*.}
	IFS=. read -r major minor _ <<<"$1"
	((major > minimum_major || (major == minimum_major && minor >= minimum_minor)))
}
