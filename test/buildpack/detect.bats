#!/usr/bin/env bats
# bin/detect through both buildpack APIs, run as the platform runs it.
# shellcheck disable=SC2154,SC2164 # bats sets BATS_*, and fails a test at the first command that fails

bats_require_minimum_version 1.5.0

setup() {
	root=${BATS_TEST_DIRNAME}/../..
	app="${BATS_TEST_TMPDIR}/an app"
	plan="${BATS_TEST_TMPDIR}/a plan.toml"
	mkdir "${app}"
	unset CNB_BUILD_PLAN_PATH
}

make_node_app() {
	printf '{}\n' >"${app}/package.json"
}

@test "classic: applies to an app with a package.json, and prints its name" {
	make_node_app
	run "${root}/bin/detect" "${app}"
	[[ "${status}" -eq 0 ]]
	[[ "${output}" == 'swarm' ]]
}

@test "classic: does not apply to an app without a package.json, and says so on stderr" {
	run --separate-stderr "${root}/bin/detect" "${app}"
	[[ "${status}" -eq 1 ]]
	[[ -z "${output}" ]]
	[[ "${stderr}" == *"There is no package.json in ${app}"* ]]
}

@test "classic: a directory named package.json does not make an app" {
	mkdir "${app}/package.json"
	run "${root}/bin/detect" "${app}"
	[[ "${status}" -eq 1 ]]
}

@test "classic: without an argument it fails, says which it takes, and ignores the working directory" {
	make_node_app
	cd "${app}"
	run "${root}/bin/detect"
	[[ "${status}" -eq 64 ]]
	[[ "${output}" == *'one argument, the directory of the application'* ]]
}

@test "classic: works with relative paths and spaces, in its own path and the app's" {
	make_node_app
	mkdir "${BATS_TEST_TMPDIR}/a buildpack"
	cp -R "${root}/bin" "${root}/lib" "${BATS_TEST_TMPDIR}/a buildpack"
	cd "${BATS_TEST_TMPDIR}"
	run 'a buildpack/bin/detect' 'an app'
	[[ "${status}" -eq 0 ]]
	[[ "${output}" == 'swarm' ]]
}

@test "cloud native: applies to the app in the working directory, and requires node" {
	make_node_app
	cd "${app}"
	CNB_BUILD_PLAN_PATH=${plan} run "${root}/bin/detect"
	[[ "${status}" -eq 0 ]]
	[[ "$(<"${plan}")" == $'[[requires]]\nname = "node"' ]]
}

@test "cloud native: without a package.json it exits with 100, and writes no plan" {
	cd "${app}"
	CNB_BUILD_PLAN_PATH=${plan} run "${root}/bin/detect"
	[[ "${status}" -eq 100 ]]
	[[ ! -e "${plan}" ]]
}

@test "cloud native: a plan that cannot be written is an error, not an answer" {
	make_node_app
	cd "${app}"
	CNB_BUILD_PLAN_PATH=${BATS_TEST_TMPDIR}/missing/plan.toml run "${root}/bin/detect"
	[[ "${status}" -ne 0 ]]
	[[ "${status}" -ne 100 ]]
}
