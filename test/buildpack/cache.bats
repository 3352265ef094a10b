#!/usr/bin/env bats
# lib/cache.sh: keeping, restoring and replacing the launcher.
# shellcheck disable=SC2154,SC2312 # bats sets BATS_* and the results of `run`, and tests compare the output of commands

bats_require_minimum_version 1.5.0

setup() {
	source "${BATS_TEST_DIRNAME}/../../lib/output.sh"
	source "${BATS_TEST_DIRNAME}/../../lib/cache.sh"
	load assertions.bash
	cache="${BATS_TEST_TMPDIR}/a cache"
	source="${BATS_TEST_TMPDIR}/a source"
	target="${BATS_TEST_TMPDIR}/a target"
	mkdir -p "${cache}" "${source}/bin"
	printf 'text\n' >"${source}/bin/swarm"
	chmod +x "${source}/bin/swarm"
}

@test "a kept launcher is restored" {
	cache::keep "${cache}" abc "${source}"
	cache::restore "${cache}" abc "${target}"
	[[ -x "${target}/bin/swarm" ]]
	diff --recursive "${source}" "${target}"
}

@test "a launcher is not restored for another key" {
	cache::keep "${cache}" abc "${source}"
	run -1 cache::restore "${cache}" def "${target}"
	[[ ! -e "${target}" ]]
}

@test "the next launcher replaces it" {
	cache::keep "${cache}" abc "${source}"
	cache::keep "${cache}" def "${source}"
	[[ "$(ls "${cache}")" == 'def.tar.gz' ]]
}

@test "a damaged launcher is reported, and treated as missing" {
	cache::keep "${cache}" abc "${source}"
	truncate --size=-20 "${cache}/abc.tar.gz"
	run -1 cache::restore "${cache}" abc "${target}"
	says 'The cache is damaged'
	[[ ! -e "${target}" ]]
}

@test "a cache that is not writable only causes a warning" {
	run -0 cache::keep "${source}/bin/swarm/cache" abc "${source}"
	says 'Warning: The cache cannot be written to'
}
