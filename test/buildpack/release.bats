#!/usr/bin/env bats
# bin/release: a default worker only if there is no doubt about it.
# shellcheck disable=SC2016,SC2154 # the command lines are for another shell; bats sets BATS_* and the results of `run`

bats_require_minimum_version 1.5.0

setup() {
	load heroku.bash
	load app.bash
	heroku::new_app "${BATS_TEST_TMPDIR}"
}

# releases YAML: expects this output, with Node only where heroku/nodejs installs it.
releases() {
	run -0 heroku::call release "${build}"
	if [[ "${output}" == "$1" ]]; then return; fi
	printf 'Expected output:\n%s\nActual output:\n%s\n' "$1" "${output}" >&2
	return 1
}

@test "a script named worker that runs a swarm is the default worker" {
	app::file package.json '{ "scripts": { "worker": "COUNT=2 swarm -r \"./my jobs.js\"" } }'
	releases $'default_process_types:\n  worker: "COUNT=2 swarm -r \\"./my jobs.js\\""'
}

@test "a Procfile overrides the script, even if it names no worker" {
	app::file package.json '{ "scripts": { "worker": "swarm -r ./jobs.js" } }'
	app::file Procfile 'web: node web.js'
	releases '{}'
}

@test "scripts that run anything else are ignored" {
	releases '{}'
	app::file package.json '{ "scripts": { "worker": "node worker.js", "start": "swarm -r ./jobs.js" } }'
	releases '{}'
	app::file package.json '{ "scripts": { "worker": "swarm -r $(cat main)" } }'
	releases '{}'
}
