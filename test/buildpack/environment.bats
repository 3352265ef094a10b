#!/usr/bin/env bats
# lib/environment.sh: config vars reach the programs of a build unchanged, and affect nothing else.
# shellcheck disable=SC2016,SC2154,SC2312 # values that a shell would expand; bats sets BATS_*; tests compare output

bats_require_minimum_version 1.5.0

setup() {
	source "${BATS_TEST_DIRNAME}/../../lib/environment.sh"
	directory="${BATS_TEST_TMPDIR}/config vars"
	mkdir "${directory}"
}

# Prints the value that a program sees.
value() {
	environment::run printenv "$1"
}

@test "each file is a variable, with its text unchanged" {
	printf 'two words' >"${directory}/PLAIN"
	printf 'a\nb $(touch harmed) `touch harmed` "\x27\\ $HOME *' >"${directory}/HOSTILE"
	printf '' >"${directory}/EMPTY"
	environment::read "${directory}"
	[[ "$(value PLAIN)" == 'two words' ]]
	[[ "$(value HOSTILE)" == $'a\nb $(touch harmed) `touch harmed` "\x27\\ $HOME *' ]]
	[[ "$(value EMPTY)" == '' ]]
}

@test "variables that would change which programs run are left out" {
	for name in PATH GIT_DIR CPATH CPPATH LD_PRELOAD LIBRARY_PATH LANG BUILD_DIR NODE_OPTIONS; do
		printf '/nowhere' >"${directory}/${name}"
	done
	environment::read "${directory}"
	[[ "${#config_vars[@]}" -eq 0 ]]
}

@test "a NODE_OPTIONS of the build itself does not reach the programs either" {
	NODE_OPTIONS=--bad run -1 environment::run printenv NODE_OPTIONS
}

@test "files whose names are not variable names are left out" {
	printf 'x' | tee "${directory}/not.a.name" "${directory}/1ST" "${directory}/-r" >"${directory}/A=B"
	mkdir "${directory}/FOLDER"
	environment::read "${directory}"
	[[ "${#config_vars[@]}" -eq 0 ]]
}

@test "names of special shell variables do not affect this shell" {
	for name in UID EUID BASHOPTS IFS directory config_vars BASH_ENV; do printf 'x' >"${directory}/${name}"; done
	environment::read "${directory}"
	[[ "$(value UID)" == 'x' ]]
	[[ "${directory}" != 'x' ]]
	[[ "${#config_vars[@]}" -eq 7 ]]
}

@test "a variable set for one command overrides a config var" {
	printf '4' >"${directory}/COUNT"
	environment::read "${directory}"
	run environment::run COUNT=5 printenv COUNT
	[[ "${output}" == '5' ]]
}

@test "an empty or missing directory means no config vars" {
	environment::read "${directory}"
	environment::read "${directory}/missing"
	[[ "${#config_vars[@]}" -eq 0 ]]
	environment::run true
}
