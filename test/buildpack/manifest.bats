#!/usr/bin/env bats
# The buildpack's metadata is consistent with package.json and with the repository.
# shellcheck disable=SC2154,SC2164 # bats sets BATS_*, and fails a test at the first command that fails

bats_require_minimum_version 1.5.0

setup() {
	cd "${BATS_TEST_DIRNAME}/../.."
}

@test "the buildpack has the version of the package" {
	version=$(node --print 'require("./package.json").version')
	grep --fixed-strings --line-regexp "version = \"${version}\"" buildpack.toml
}

@test "the buildpack requires the same Node as the package" {
	source lib/node.sh
	engines=$(node --print 'require("./package.json").engines.node')
	[[ "${engines}" == ">=${NODE_MINIMUM}" ]]
}

@test "Node 20.19 and later are recent enough" {
	source lib/node.sh
	for version in 20.19.0 20.20.2 22.0.0 24.11.1 100.0.0; do node::is_recent "${version}"; done
	for version in 20.18.9 20.2.0 19.99.0 18.20.8 8.0.0; do run -1 node::is_recent "${version}"; done
}

@test "all files that are excluded from the published buildpack exist" {
	sed -n '/^\[publish.Ignore\]/,$ s/^  "\(.*\)",$/\1/p' buildpack.toml | while read -r file; do [[ -e "${file}" ]]; done
}

@test "app.json is valid JSON, and has heroku/nodejs before swarm" {
	run -0 node --print 'JSON.parse(fs.readFileSync("app.json")).buildpacks.map(({ url }) => url).join(" ")'
	[[ "${output}" == 'heroku/nodejs '* ]]
}
