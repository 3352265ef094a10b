#!/usr/bin/env bats
# lib/output.sh: the format of each kind of line, and its stream.
# shellcheck disable=SC2154 # bats sets BATS_* and the results of `run`

bats_require_minimum_version 1.5.0

setup() {
	source "${BATS_TEST_DIRNAME}/../../lib/output.sh"
}

@test "a step is an arrow and a title, on stdout" {
	run --separate-stderr output::step 'Installing swarm'
	[[ "${output}" == '-----> Installing swarm' ]]
	[[ -z "${stderr}" ]]
}

@test "each line of a detail is indented by the width of the arrow, on stdout" {
	run --separate-stderr output::detail $'one\ntwo'
	[[ "${output}" == $'       one\n       two' ]]
	[[ -z "${stderr}" ]]
}

@test "each line of a warning is marked, on stderr" {
	run output::warning $'no cache\nit will be slow'
	[[ "${output}" == $' !     Warning: no cache\n !     it will be slow' ]]
	run --separate-stderr output::warning text
	[[ -z "${output}" ]]
}

@test "each line of an error is marked, on stderr" {
	run output::error $'no compiler\nadd one'
	[[ "${output}" == $' !     Error: no compiler\n !     add one' ]]
	run --separate-stderr output::error text
	[[ -z "${output}" ]]
}

@test "text that looks like a format or an option is printed unchanged" {
	run output::step '-n %s \n & *'
	[[ "${output}" == '-----> -n %s \n & *' ]]
	run output::detail '-n %s \n & *'
	[[ "${output}" == '       -n %s \n & *' ]]
}
