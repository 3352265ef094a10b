# shellcheck shell=bash
# The config vars of the application, which the platform passes as a directory with one file per variable.
set -euo pipefail

# Variables that must not reach the programs of a build: they are meant for the dyno, or change which programs run.
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

# Runs a command with the config vars, and with any NAME=VALUE before the command. They never enter this shell, where
# one of them could have the name of a variable or function.
environment::run() {
	env --unset=NODE_OPTIONS "${config_vars[@]}" "$@"
}
