# shellcheck shell=bash
# The config vars of the application, which the platform passes as a directory with a file for each.
set -euo pipefail

# What must not reach the programs of a build: it is meant for the dyno, or would change which programs these are.
readonly ENVIRONMENT_DENIED='^(PATH|GIT_DIR|CPATH|CPPATH|LD_PRELOAD|LIBRARY_PATH|LANG|BUILD_DIR|NODE_OPTIONS)$'

config_vars=()

environment::read() {
	local file name
	for file in "$1"/*; do
		name=${file##*/}
		if [[ ! -f "${file}" || ! "${name}" =~ ^[A-Za-z_][A-Za-z0-9_]*$ || "${name}" =~ ${ENVIRONMENT_DENIED} ]]; then continue; fi
		config_vars+=("${name}=$(<"${file}")")
	done
}

# Runs a command with the config vars, and with what comes before it as NAME=VALUE. They never get into this shell, which
# has variables and functions of its own that one of them could be called like.
environment::run() {
	env --unset=NODE_OPTIONS "${config_vars[@]}" "$@"
}
