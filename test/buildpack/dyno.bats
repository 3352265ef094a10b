#!/usr/bin/env bats
# From an application to a running swarm in a dyno, and to its stop, through both buildpack APIs.
# shellcheck disable=SC2016,SC2154,SC2312 # text for other shells; bats sets variables

bats_require_minimum_version 1.5.0

setup() {
	load assertions.bash
	load heroku.bash
	load lifecycle.bash
	load app.bash
	load dyno.bash
	fault=$(dyno::fault)
	if [[ -n "${fault}" ]]; then skip "${fault}"; fi
	# The simulated dyno runs as the user nobody.
	chmod a+rx "${BATS_TEST_TMPDIR}" "${BATS_TEST_TMPDIR%/*}"
}

teardown() {
	dyno::end
}

make_app() {
	app::package pg
	app::file package.json '{ "type": "module" }'
	app::file jobs.js "import 'pg';
import { drain, onStop } from 'dyno-swarm';

export default function ({ worker, stopSignal }) {
  onStop(() => console.log('worker', worker.index, 'has stopped'));
  drain(new Promise((resolve) => stopSignal.addEventListener('abort', resolve)));
  console.log('worker', worker.index, 'works in', import.meta.dirname);
  setInterval(() => {}, 1000);
}"
	app::file Procfile 'worker: swarm -r ./jobs.js'
}

# Expects two workers to start in fork mode, to work, and to stop with the dyno.
works_and_stops() {
	dyno::logs 'swarm boot: 2 workers on '
	dyno::logs 'event=worker.ready' 2
	dyno::stop
	says 'fork mode, 1 package preloaded'
	says 'worker 0 works in /app'
	says 'worker 1 works in /app'
	says 'Stopping all processes with SIGTERM'
	says 'worker 0 has stopped'
	says 'worker 1 has stopped'
	says 'event=stopped status=0'
	says 'Process exited with status 0'
	says_not 'Error R'
	says_not 'level=warn'
	says_not 'level=error'
	[[ "${status}" -eq 0 ]]
}

@test "Cedar: the slug boots in another directory, as a user who can write only to it" {
	heroku::new_app "${BATS_TEST_TMPDIR}"
	heroku::built_before
	make_app
	# The files that heroku/nodejs leaves.
	rm "${build}/.heroku/node"
	cp -R "${BATS_SUITE_TMPDIR}/node" "${build}/.heroku/node"
	app::file .profile.d/nodejs.sh 'export PATH="$HOME/.heroku/node/bin:$HOME/bin:$HOME/node_modules/.bin:$PATH"'
	run -0 heroku::compile
	says 'will preload 1 package: pg'
	heroku::release
	dyno::start --type standard-1x --slug --env COUNT=2 "${app}"
	works_and_stops
}

@test "Fir: the image boots with the environment that the launcher derives from its layers" {
	lifecycle::new_app "${BATS_TEST_TMPDIR}"
	lifecycle::restore "${BATS_SUITE_TMPDIR}/first image"
	make_app
	run -0 lifecycle::build
	says 'will preload 1 package: pg'
	lifecycle::export
	variables=()
	while IFS= read -r -d '' variable; do variables+=(--env "${variable}"); done \
		< <(lifecycle::environment "${node_layers}" "${layers}")
	dyno::start --type dyno-2c-1gb --slug --env COUNT=2 "${variables[@]}" --share "${BATS_SUITE_TMPDIR}/node" \
		--share "${root}/layers" "${build}"
	works_and_stops
}
