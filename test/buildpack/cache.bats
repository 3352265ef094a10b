#!/usr/bin/env bats
# lib/cache.sh: one launcher, and what can happen to it.
# shellcheck disable=SC2154,SC2312 # bats sets BATS_* and what `run` has seen, and a test compares what a command prints

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

@test "what was kept is restored" {
	cache::keep "${cache}" abc "${source}"
	cache::restore "${cache}" abc "${target}"
	[[ -x "${target}/bin/swarm" ]]
	diff --recursive "${source}" "${target}"
}

@test "for another key it is not there" {
	cache::keep "${cache}" abc "${source}"
	run -1 cache::restore "${cache}" def "${target}"
	[[ ! -e "${target}" ]]
}

@test "the next one takes its place" {
	cache::keep "${cache}" abc "${source}"
	cache::keep "${cache}" def "${source}"
	[[ "$(ls "${cache}")" == 'def.tar.gz' ]]
}

@test "a damaged one is as good as none, and that is said" {
	cache::keep "${cache}" abc "${source}"
	truncate --size=-20 "${cache}/abc.tar.gz"
	run -1 cache::restore "${cache}" abc "${target}"
	says 'The cache is damaged'
	[[ ! -e "${target}" ]]
}

@test "where nothing can be kept there is a warning, and no more" {
	run -0 cache::keep "${source}/bin/swarm/cache" abc "${source}"
	says 'Warning: The cache cannot be written to'
}
