#!/usr/bin/env bats
# bin/build: a layer that is built once, and used in an image.
# shellcheck disable=SC2016,SC2154,SC2164,SC2312 # text for other shells; bats sets variables, and ends a test at a failure

bats_require_minimum_version 1.5.0

setup() {
	load assertions.bash
	load heroku.bash
	load lifecycle.bash
	load app.bash
	lifecycle::new_app "${BATS_TEST_TMPDIR}"
	first="${BATS_SUITE_TMPDIR}/first image"
	lifecycle::restore "${first}"
}

# Prints a checksum of everything from this build that would be in the image.
snapshot() {
	heroku::snapshot "${build}"
	heroku::snapshot "${layers}"
}

fails() {
	local before after
	before=$(snapshot)
	run -1 lifecycle::build
	after=$(snapshot)
	[[ "${after}" == "${before}" ]]
	[[ -z "$(ls -A "${root}/tmp")" ]]
}

@test "the first build creates a layer for launch, build and cache" {
	[[ "$(ls "${first}/layers/dyno-swarm_swarm")" == $'swarm\nswarm.toml' ]]
	run cat "${first}/layers/dyno-swarm_swarm/swarm.toml"
	says $'[types]\nlaunch = true\nbuild = true\ncache = true\n\n[metadata]\nkey = "'
	run cat "${first}/output.txt"
	says 'Compiling'
	says 'with the addon that forks workers'
}

@test "the next build reuses the layer unchanged, and writes its types again" {
	before=$(heroku::snapshot "${layers}/swarm")
	run -0 lifecycle::build
	says 'Restored from the cache'
	says_not 'Compiling'
	after=$(heroku::snapshot "${layers}/swarm")
	[[ "${after}" == "${before}" ]]
	diff "${first}/layers/dyno-swarm_swarm/swarm.toml" "${layers}/swarm.toml"
}

@test "a layer with another key, or an incomplete one, is not reused" {
	source "${buildpack}/lib/cnb.sh"
	mkdir -p "${root}/a/bin"
	printf '[metadata]\nkey = "abc"\n' >"${root}/a.toml"
	cnb::has_layer "${root}/a" abc
	run ! cnb::has_layer "${root}/a" ab
	run ! cnb::has_layer "${root}/a" abcd
	rm -r "${root}/a"
	run ! cnb::has_layer "${root}/a" abc
	mkdir -p "${root}/a/bin"
	rm "${root}/a.toml"
	run ! cnb::has_layer "${root}/a" abc
}

@test "in the image swarm is on the PATH, and the application can import it" {
	app::file package.json '{ "type": "module" }'
	app::file jobs.js "import { drain } from 'dyno-swarm'; console.log(typeof drain);"
	lifecycle::build
	lifecycle::export
	run -0 lifecycle::launch bash -c 'command -v swarm && swarm plan'
	says "${layers}/swarm/bin/swarm"
	says 'fork mode'
	run -0 lifecycle::launch node jobs.js
	[[ "${output}" == 'function' ]]
}

@test "the Procfile is checked, as with the classic API" {
	app::package pg
	app::file jobs.js "require('pg');"
	app::file Procfile 'worker: swarm -r ./jobs.js'
	printf 'many' >"${platform}/env/COUNT"
	run -0 lifecycle::build
	says 'Warning: worker: COUNT="many"'
	rm "${platform}/env/COUNT"
	run -0 lifecycle::build
	says 'will preload 1 package: pg'
	[[ ! -e "${layers}/launch.toml" ]]
}

@test "without a Procfile, a script named worker that runs a swarm is a process type" {
	app::file 'my jobs.js' ''
	app::file package.json '{ "scripts": { "worker": "swarm -r \"./my jobs.js\"" } }'
	lifecycle::build
	run cat "${layers}/launch.toml"
	[[ "${output}" == $'[[processes]]\ntype = "worker"\ncommand = ["bash", "-c", "swarm -r \\"./my jobs.js\\""]' ]]
}

@test "a missing module fails the build, which changes nothing" {
	app::file Procfile 'worker: swarm -r ./jobs.js'
	fails
	says 'Error: worker: -r ./jobs.js was not found'
}

@test "without Node it fails, and says what to add" {
	rm "${node_layers}/dist"
	fails
	says 'There is no Node.js yet'
	says 'id = "heroku/nodejs"'
}

@test "the application's own dyno-swarm is preferred" {
	mkdir -p "${build}/node_modules"
	mv "${layers}/swarm" "${build}/node_modules/dyno-swarm"
	sed -i 's/"version": ".*"/"version": "9.8.7"/' "${build}/node_modules/dyno-swarm/package.json"
	run -0 lifecycle::build
	says "Installing swarm 9.8.7, which is among the application's own dependencies"
	lifecycle::export
	run -0 lifecycle::launch swarm --version
	[[ "${output}" == '9.8.7' ]]
}

@test "malicious config vars do no harm" {
	printf '/nowhere' >"${platform}/env/PATH"
	printf -- '--require /nowhere.js' >"${platform}/env/NODE_OPTIONS"
	printf 'x' | tee "${platform}/env/UID" "${platform}/env/layer" >"${platform}/env/workspace"
	run -0 lifecycle::build
	says 'Restored from the cache'
}

@test "outside of a lifecycle it fails, and says which variables it needs" {
	run -64 env --unset=CNB_LAYERS_DIR "${buildpack}/bin/build"
	says 'CNB_LAYERS_DIR and CNB_PLATFORM_DIR'
}
