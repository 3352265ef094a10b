#!/usr/bin/env bats
# lib/environment.sh: config vars reach the programs of a build as they are, and nothing else.
# shellcheck disable=SC2016,SC2154,SC2312 # values that a shell would expand; bats sets BATS_*; a test compares what is printed

bats_require_minimum_version 1.5.0

setup() {
	source "${BATS_TEST_DIRNAME}/../../lib/environment.sh"
	directory="${BATS_TEST_TMPDIR}/config vars"
	mkdir "${directory}"
}

# The value that a program sees.
value() {
	environment::run printenv "$1"
}

@test "each file is a variable, with its text as it is" {
	printf 'two words' >"${directory}/PLAIN"
	printf 'a\nb $(touch harmed) `touch harmed` "\x27\\ $HOME *' >"${directory}/HOSTILE"
	printf '' >"${directory}/EMPTY"
	environment::read "${directory}"
	[[ "$(value PLAIN)" == 'two words' ]]
	[[ "$(value HOSTILE)" == $'a\nb $(touch harmed) `touch harmed` "\x27\\ $HOME *' ]]
	[[ "$(value EMPTY)" == '' ]]
}

@test "what would change which programs run is left out" {
	for name in PATH GIT_DIR CPATH CPPATH LD_PRELOAD LIBRARY_PATH LANG BUILD_DIR NODE_OPTIONS; do
		printf '/nowhere' >"${directory}/${name}"
	done
	environment::read "${directory}"
	[[ "${#config_vars[@]}" -eq 0 ]]
}

@test "a NODE_OPTIONS of the build itself does not reach them either" {
	NODE_OPTIONS=--bad run -1 environment::run printenv NODE_OPTIONS
}

@test "what is not the name of a variable is left out" {
	printf 'x' | tee "${directory}/not.a.name" "${directory}/1ST" "${directory}/-r" >"${directory}/A=B"
	mkdir "${directory}/FOLDER"
	environment::read "${directory}"
	[[ "${#config_vars[@]}" -eq 0 ]]
}

@test "names that mean something to this shell change nothing in it" {
	for name in UID EUID BASHOPTS IFS directory config_vars BASH_ENV; do printf 'x' >"${directory}/${name}"; done
	environment::read "${directory}"
	[[ "$(value UID)" == 'x' ]]
	[[ "${directory}" != 'x' ]]
	[[ "${#config_vars[@]}" -eq 7 ]]
}

@test "what is said for one command wins" {
	printf '4' >"${directory}/COUNT"
	environment::read "${directory}"
	run environment::run COUNT=5 printenv COUNT
	[[ "${output}" == '5' ]]
}

@test "without the directory, or with an empty one, there are none" {
	environment::read "${directory}"
	environment::read "${directory}/missing"
	[[ "${#config_vars[@]}" -eq 0 ]]
	environment::run true
}
