#!/usr/bin/env bats
# buildpack.toml beside package.json.
# shellcheck disable=SC2154 # bats sets BATS_*

@test "the buildpack has the version of the package" {
	cd "${BATS_TEST_DIRNAME}/../.."
	version=$(node --print 'require("./package.json").version')
	grep --fixed-strings --line-regexp "version = \"${version}\"" buildpack.toml
}
