#!/usr/bin/env bats
# bin/compile, bin/report and bin/release with applications of all kinds, called as the platform calls them.
# shellcheck disable=SC2030,SC2031,SC2154,SC2164,SC2312 # bats sets variables, runs each test by itself, and ends it at a failure
# shellcheck disable=SC2016 # much of the text is for another shell

bats_require_minimum_version 1.5.0

setup() {
	load assertions.bash
	load heroku.bash
	load app.bash
	heroku::new_app "${BATS_TEST_TMPDIR}"
	heroku::built_before
}

# Expects the build to fail with this id in the report, and to change nothing.
fails_with() {
	local before after
	before=$(heroku::snapshot "${build}")
	run heroku::compile
	says ' !     Error: '
	[[ "${status}" -eq 1 ]]
	after=$(heroku::snapshot "${build}")
	[[ "${after}" == "${before}" ]]
	[[ "$(heroku::report)" == *"failure: $1"* ]]
	[[ -z "$(ls -A "${root}/tmp")" ]]
}

@test "the first build installs from the lockfile, compiles, and prints the size" {
	output=$(<"${BATS_SUITE_TMPDIR}/first build/output.txt")
	says '-----> Installing swarm '
	says ', for Node.js 24.'
	says '       Installing the packages that its lockfile pins'
	says '       Compiling'
	says ' MB, with the addon that forks workers'
	run cat "${BATS_SUITE_TMPDIR}/first build/a cache/swarm/report.yml"
	says 'cache_hit: false'
	says 'addon: true'
	size=$(du --summarize --bytes "${BATS_SUITE_TMPDIR}/first build/a build/.heroku/swarm" | cut -f 1)
	((size < 4 * 1024 * 1024))
}

@test "the next build restores the launcher from the cache, and leaves no temporary files" {
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'Restored from the cache'
	says_not Compiling
	run heroku::report
	says 'cache_hit: true'
	says_not failure
	[[ -z "$(ls -A "${root}/tmp")" ]]
}

@test "a build over an earlier one changes nothing" {
	heroku::compile
	before=$(heroku::snapshot "${build}/.heroku/swarm")
	heroku::compile
	after=$(heroku::snapshot "${build}/.heroku/swarm")
	[[ "${after}" == "${before}" ]]
	[[ "$(readlink "${build}/node_modules/dyno-swarm")" == '../.heroku/swarm' ]]
}

@test "the installed swarm works in another directory, and is on the PATH of a dyno" {
	heroku::compile
	heroku::release
	run heroku::dyno 'command -v swarm && swarm plan'
	[[ "${status}" -eq 0 ]]
	says "${app}/.heroku/swarm/bin/swarm"
	says 'fork mode'
	run ! grep --recursive --files-with-matches --fixed-strings "${build}" "${app}/.heroku/swarm" "${app}/.profile.d"
}

@test "a later buildpack has swarm on its PATH" {
	cp -R "${buildpack}" "${root}/writable buildpack"
	buildpack="${root}/writable buildpack"
	heroku::compile
	run bash -c 'source "$1" && command -v swarm' bash "${buildpack}/export"
	[[ "${output}" == "${build}/.heroku/swarm/bin/swarm" ]]
}

@test "a CommonJS application: its packages are named, and it can require dyno-swarm" {
	app::package pg
	app::package lodash
	app::file jobs.js "require('dyno-swarm'); require('lodash'); require('./lib/database.js');"
	app::file lib/database.js "require('pg'); throw new Error('this is run');"
	app::file Procfile 'worker: swarm -r ./jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says '       worker: swarm -r ./jobs.js'
	says '         will preload 2 packages: lodash, pg'
	heroku::release
	run heroku::dyno 'node --print "Object.keys(require(\"dyno-swarm\"))"'
	says 'drain'
}

@test "an application of ES modules: its packages are named, and it can import dyno-swarm" {
	app::package pg
	app::file package.json '{ "type": "module" }'
	app::file jobs.js "import 'pg'; import { drain } from 'dyno-swarm'; console.log(typeof drain);"
	app::file Procfile 'worker: exec swarm --require=./jobs'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'will preload 1 package: pg'
	heroku::release
	run heroku::dyno 'node jobs.js'
	[[ "${output}" == 'function' ]]
}

@test "a TypeScript application: its packages are named, and the types of dyno-swarm are found" {
	app::package pg
	app::file package.json '{ "type": "module" }'
	app::file jobs.ts "import 'pg'; import type { Context } from 'dyno-swarm';
export default function main({ worker }: Context): number { return worker.index; }"
	app::file wrong.ts "import type { Context } from 'dyno-swarm'; export const index: string = ({} as Context).worker.index;"
	app::file Procfile 'worker: swarm -r ./jobs.ts'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'will preload 1 package: pg'
	app::file node_modules/pg/index.d.ts 'export {};'
	tsc=("${BATS_TEST_DIRNAME}/../../node_modules/.bin/tsc" --noEmit --module nodenext --types '')
	cd "${build}"
	"${tsc[@]}" jobs.ts
	run "${tsc[@]}" wrong.ts
	says "Type 'number' is not assignable to type 'string'"
}

@test "without a swarm in the Procfile, the build says how to start one" {
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'worker: swarm -r ./jobs.js'
	app::file Procfile 'web: node web.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'None found.'
	[[ "$(heroku::report)" == *'swarms: 0'* ]]
}

@test "a missing module fails the build with an error that names it" {
	app::file Procfile $'web: node web.js\nworker: swarm -r ./dist/jobs.js'
	fails_with module-not-found
	says ' !     Error: worker: -r ./dist/jobs.js was not found'
	says '"build" script'
}

@test "arguments that swarm would reject fail the build with swarm's own message" {
	app::file jobs.js ''
	app::file Procfile $'web: node web.js\nworker: COUNT=2 swarm ./jobs.js'
	fails_with usage
	says 'Error: worker: there is no subcommand "./jobs.js"'
	says 'as in "swarm -r ./jobs.js"'
	says 'Fix its line: COUNT=2 swarm ./jobs.js'
	app::file Procfile 'worker: exec node_modules/.bin/swarm -r'
	fails_with usage
	app::file Procfile 'worker: npx swarm --daemon -r ./jobs.js'
	fails_with usage
	says 'swarm stays in the foreground'
}

@test "arguments for the workers are accepted" {
	app::file 'my jobs.js' ''
	app::file Procfile $'# of the workers\r\n\r\n  worker: swarm -r "./my jobs.js" -q mail --count 3 -- -i 1\r\nother: swarm -r "./my jobs.js" -q $QUEUE\r'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says_not Warning
	[[ "$(heroku::report)" == *'swarms: 2'* ]]
}

@test "a line that runs a package.json script is checked as that script" {
	app::package pg
	app::file jobs.js "require('pg');"
	app::file package.json '{ "scripts": { "worker": "swarm -r ./jobs.js", "later": "swarm -r ./dist/jobs.js", "prelater": "tsc" } }'
	app::file Procfile $'worker: npm run worker\nlater: npm run later'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says $'worker: npm run worker\n         which is: swarm -r ./jobs.js'
	says 'will preload 1 package: pg'
	says 'Warning: worker: npm stays in front of swarm'
	says 'only if tsc'
	app::file package.json '{ "scripts": { "worker": "swarm -r ./job.js" } }'
	app::file Procfile 'worker: npm run worker'
	fails_with module-not-found
}

@test "without a Procfile, the scripts that run by default are checked" {
	app::file package.json '{ "scripts": { "worker": "swarm -r ./jobs.js" } }'
	fails_with module-not-found
	says 'Error: worker: -r ./jobs.js was not found'
	app::file package.json '{ "scripts": { "start": "swarm -r ./server.js" } }'
	fails_with module-not-found
	says 'Error: web: -r ./server.js was not found'
	app::file package.json '{ "scripts": { "start": "node server.js", "other": "swarm -r ./nowhere.js" } }'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'None found.'
}

@test "an imported package that is not installed causes a warning" {
	app::package pg
	app::file package.json '{ "dependencies": { "pg": "*" }, "devDependencies": { "lodash": "*" } }'
	app::file jobs.js "require('dyno-swarm'); require('pg'); require('lodash'); try { require('bufferutil'); } catch {}"
	app::file Procfile 'worker: swarm -r ./jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'will preload 1 package: pg'
	says 'Warning: worker: ./jobs.js imports lodash. lodash is not installed: package.json has it in "devDependencies"'
	says 'this worker will not start'
	says_not bufferutil
	says_not 'imports dyno-swarm'
}

@test "a missing module that an earlier command of the line may create causes only a warning" {
	app::file Procfile 'worker: npm run build && exec swarm -r ./dist/jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says ' !     Warning: worker: -r ./dist/jobs.js was not found'
	says 'only if npm'
}

@test "a module is searched for in the directory of its line, and /app is the application" {
	app::package pg
	app::file work/jobs.js "require('pg');"
	app::file Procfile $'a: cd work && exec swarm -r ./jobs.js\nb: cd /app/work && exec swarm -r /app/work/jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says $'a: cd work && exec swarm -r ./jobs.js\n         will preload 1 package: pg'
	says $'b: cd /app/work && exec swarm -r /app/work/jobs.js\n         will preload 1 package: pg'
	says_not Warning
	app::file Procfile 'a: cd works && exec swarm -r ./jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'Warning: a: there is no directory works to start in'
}

@test "Plug'n'Play causes a warning" {
	app::file .pnp.cjs ''
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'nodeLinker: node-modules'
}

@test "a shell or npx that stays in front of swarm causes a warning" {
	app::file jobs.js ''
	app::file Procfile $'a: true && swarm -r ./jobs.js\nb: npx swarm -r ./jobs.js\nc: true && exec swarm -r ./jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'Warning: a: a shell may stay in front of swarm'
	says 'Warning: b: npx stays in front of swarm'
	says_not 'Warning: c:'
	[[ "$(heroku::report)" == *'swarms: 3'* ]]
}

@test "a line that only the shell can expand is reported as not checked" {
	app::file Procfile $'a: swarm -r "$JOBS"\nb: swarm -r $(cat main)'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'not checked: only the shell knows $JOBS'
	says 'b: not checked, because only the shell can interpret this line'
}

@test "the application's own dyno-swarm is preferred" {
	heroku::compile
	mv "${build}/.heroku/swarm" "${root}/package"
	rm -rf "${build}/node_modules"
	mkdir -p "${build}/node_modules"
	mv "${root}/package" "${build}/node_modules/dyno-swarm"
	sed -i 's/"version": ".*"/"version": "9.8.7"/' "${build}/node_modules/dyno-swarm/package.json"
	app::file jobs.js ''
	app::file Procfile 'worker: swarm -r ./jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says "Installing swarm 9.8.7, which is among the application's own dependencies"
	says 'will preload nothing'
	heroku::release
	run heroku::dyno 'swarm --version'
	[[ "${output}" == '9.8.7' ]]
}

@test "without Node the build fails, and says what to run" {
	rm -r "${build}/.heroku/node"
	fails_with node-missing
	says ' !     Error: There is no Node.js yet'
	says 'heroku buildpacks:add --index 1 heroku/nodejs'
}

@test "with a Node that is too old the build fails, and says which one it needs" {
	rm "${build}/.heroku/node"
	app::file .heroku/node/bin/npm ''
	app::file .heroku/node/bin/node '#!/bin/sh
echo v18.20.8'
	chmod +x "${build}"/.heroku/node/bin/*
	fails_with node-too-old
	says 'Node.js 18.20.8 is too old: swarm needs 20.19 or later'
}

@test "without a compiler swarm will spawn workers, and the build says so" {
	system="${BATS_SUITE_TMPDIR}/system without compiler"
	app::file jobs.js ''
	app::file Procfile 'worker: swarm -r ./jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says ' !     Warning: There is no C compiler'
	says 'MB, without the addon that forks workers'
	says 'will preload nothing: in spawn mode'
	[[ "$(heroku::report)" == *'addon: false'* ]]
	heroku::release
	run heroku::dyno 'swarm plan'
	says 'spawn mode'
}

@test "if npm fails the build fails, and prints the end of npm's output" {
	rm -rf "${cache}"
	printf 'http://127.0.0.1:9/' >"${config}/NPM_CONFIG_REGISTRY"
	printf '0' >"${config}/NPM_CONFIG_FETCH_RETRIES"
	printf '%s' "${root}/npm cache" >"${config}/NPM_CONFIG_CACHE"
	fails_with npm-failed
	says 'npm could not install the packages of swarm'
	says ' !     npm error code ECONNREFUSED'
}

@test "an unforeseen error also fails the build" {
	rm -r "${build}/.heroku"
	app::file .heroku 'This is not a directory.'
	system="${BATS_SUITE_TMPDIR}/node/bin:${system}"
	fails_with unforeseen
	says 'The swarm buildpack ended with status 1'
}

@test "a build without root rights succeeds with a read-only cache" {
	if ((EUID != 0)); then skip 'only root can become another user'; fi
	app::file jobs.js ''
	app::file Procfile 'worker: swarm -r ./jobs.js'
	chmod a+rx "${root}"
	chown -R nobody "${build}" "${root}/tmp"
	before=$(heroku::snapshot "${cache}")
	# shellcheck disable=SC2034 # heroku::call uses it
	as_user=(setpriv --reuid=nobody --clear-groups)
	run heroku::compile
	says 'Restored from the cache'
	[[ "${status}" -eq 0 ]]
	after=$(heroku::snapshot "${cache}")
	[[ "${after}" == "${before}" ]]
}

@test "malicious config vars do no harm" {
	app::file jobs.js ''
	app::file Procfile 'worker: swarm -r ./jobs.js'
	printf '$(touch "%s/harmed")`touch "%s/harmed"`\n; touch "%s/harmed"' "${root}" "${root}" "${root}" >"${config}/SECRET"
	printf '/nowhere' >"${config}/PATH"
	printf -- '--require %s/harm.js' "${root}" >"${config}/NODE_OPTIONS"
	printf 'require("fs").writeFileSync("%s/harmed", "")' "${root}" >"${root}/harm.js"
	printf '/nowhere/lib.so' >"${config}/LD_PRELOAD"
	for name in UID IFS build_dir cache_dir workspace main config_vars HOME not.a.name; do printf 'x' >"${config}/${name}"; done
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'will preload nothing'
	says_not Warning
	[[ ! -e "${root}/harmed" ]]
}

@test "config vars apply to the check of the Procfile" {
	app::package pg
	app::file jobs.js ''
	app::file Procfile $'worker: swarm -r ./jobs.js\nother: SWARM_PRELOAD=none swarm -r ./jobs.js'
	printf 'pg' >"${config}/SWARM_PRELOAD"
	run heroku::compile
	says 'will preload 1 package: pg'
	says 'will preload nothing: SWARM_PRELOAD names none'
	printf 'many' >"${config}/COUNT"
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'Warning: worker: COUNT="many"'
	says 'this worker will not start'
}

@test "relative paths are accepted" {
	cd "${root}"
	run heroku::call compile 'a build' 'a cache' 'config vars'
	[[ "${status}" -eq 0 ]]
	says 'Restored from the cache'
}

@test "without its arguments it fails, and says which it takes" {
	run heroku::call compile "${build}"
	[[ "${status}" -eq 64 ]]
	says 'BUILD_DIR CACHE_DIR ENV_DIR'
}

@test "Heroku CI runs the same build and the application's tests" {
	app::file package.json '{ "scripts": { "test": "swarm --version" } }'
	run heroku::call test-compile "${build}" "${cache}" "${config}"
	[[ "${status}" -eq 0 ]]
	says 'Restored from the cache'
	system="${build}/.heroku/node/bin:${build}/.heroku/swarm/bin:${system}"
	run heroku::call test "${build}" "${config}"
	[[ "${status}" -eq 0 ]]
	says '0.1.0'
}
