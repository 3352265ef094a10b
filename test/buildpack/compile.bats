#!/usr/bin/env bats
# bin/compile, bin/report and bin/release over applications of all kinds, called as the platform calls them.
# shellcheck disable=SC2030,SC2031,SC2154,SC2164,SC2312 # bats sets variables, runs each test by itself, and ends it at a failure
# shellcheck disable=SC2016 # much of it is for another shell

bats_require_minimum_version 1.5.0

setup() {
	load assertions.bash
	load heroku.bash
	load app.bash
	heroku::new_app "${BATS_TEST_TMPDIR}"
	heroku::built_before
}

# A build that fails: with this id in the report, and as if it had never been.
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

@test "the first build installs from the lockfile, compiles, and says how large it is" {
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

@test "the next build takes it from the cache, and leaves nothing behind" {
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

@test "what it installs works elsewhere, and is on the PATH of a dyno" {
	heroku::compile
	heroku::release
	run heroku::dyno 'command -v swarm && swarm plan'
	[[ "${status}" -eq 0 ]]
	says "${app}/.heroku/swarm/bin/swarm"
	says 'fork mode'
	run ! grep --recursive --files-with-matches --fixed-strings "${build}" "${app}/.heroku/swarm" "${app}/.profile.d"
}

@test "a later buildpack has it on its PATH" {
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

@test "no Procfile, or one without a swarm: it says how to start one" {
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'worker: swarm -r ./jobs.js'
	app::file Procfile 'web: node web.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'There is none.'
	[[ "$(heroku::report)" == *'swarms: 0'* ]]
}

@test "a module that is not there fails the build, and the sentence names it" {
	app::file Procfile $'web: node web.js\nworker: swarm -r ./dist/jobs.js'
	fails_with module-not-found
	says ' !     Error: worker: -r ./dist/jobs.js was not found'
	says '"build" script'
}

@test "a swarm that would refuse its arguments fails the build, in its own words" {
	app::file jobs.js ''
	app::file Procfile $'web: node web.js\nworker: COUNT=2 swarm ./jobs.js'
	fails_with usage
	says 'Error: worker: there is no subcommand "./jobs.js"'
	says 'as in "swarm -r ./jobs.js"'
	says 'which is: COUNT=2 swarm ./jobs.js'
	app::file Procfile 'worker: exec node_modules/.bin/swarm -r'
	fails_with usage
	app::file Procfile 'worker: npx swarm --daemon -r ./jobs.js'
	fails_with usage
	says 'swarm stays in the foreground'
}

@test "arguments of the workers are no reason to refuse anything" {
	app::file 'my jobs.js' ''
	app::file Procfile $'# of the workers\r\n\r\n  worker: swarm -r "./my jobs.js" -q mail --count 3 -- -i 1\r\nother: swarm -r "./my jobs.js" -q $QUEUE\r'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says_not Warning
	[[ "$(heroku::report)" == *'swarms: 2'* ]]
}

@test "a line that runs a script of package.json is what that script is" {
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
	says 'There is none.'
}

@test "a package that is imported and not installed is warned of" {
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

@test "a module that an earlier command of its line may make is only missed" {
	app::file Procfile 'worker: npm run build && exec swarm -r ./dist/jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says ' !     Warning: worker: -r ./dist/jobs.js was not found'
	says 'only if npm'
}

@test "a module is looked for where its line has gone, and where it will be" {
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

@test "Plug'n'Play is warned of" {
	app::file .pnp.cjs ''
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'nodeLinker: node-modules'
}

@test "a shell that stays in front of swarm is warned of, and so is npx" {
	app::file jobs.js ''
	app::file Procfile $'a: true && swarm -r ./jobs.js\nb: npx swarm -r ./jobs.js\nc: true && exec swarm -r ./jobs.js'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'Warning: a: a shell may stay in front of swarm'
	says 'Warning: b: npx stays in front of swarm'
	says_not 'Warning: c:'
	[[ "$(heroku::report)" == *'swarms: 3'* ]]
}

@test "what only the shell knows is not checked, and that is said" {
	app::file Procfile $'a: swarm -r "$JOBS"\nb: swarm -r $(cat main)'
	run heroku::compile
	[[ "${status}" -eq 0 ]]
	says 'not checked: only the shell knows $JOBS'
	says 'b: only the shell can read this line, so it was not checked'
}

@test "the application's own dyno-swarm wins" {
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

@test "without Node it fails, and says what to run" {
	rm -r "${build}/.heroku/node"
	fails_with node-missing
	says ' !     Error: There is no Node.js yet'
	says 'heroku buildpacks:add --index 1 heroku/nodejs'
}

@test "with a Node that is too old it fails, and says which it needs" {
	rm "${build}/.heroku/node"
	app::file .heroku/node/bin/npm ''
	app::file .heroku/node/bin/node '#!/bin/sh
echo v18.20.8'
	chmod +x "${build}"/.heroku/node/bin/*
	fails_with node-too-old
	says 'Node.js 18.20.8 is too old: swarm needs 20.19 or later'
}

@test "without a compiler it spawns workers, and says so" {
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

@test "when npm fails the build fails, with the last words of npm" {
	rm -rf "${cache}"
	printf 'http://127.0.0.1:9/' >"${config}/NPM_CONFIG_REGISTRY"
	printf '0' >"${config}/NPM_CONFIG_FETCH_RETRIES"
	printf '%s' "${root}/npm cache" >"${config}/NPM_CONFIG_CACHE"
	fails_with npm-failed
	says 'npm could not install the packages of swarm'
	says ' !     npm error code ECONNREFUSED'
}

@test "what nobody has foreseen fails the build, too" {
	rm -r "${build}/.heroku"
	app::file .heroku 'This is not a directory.'
	system="${BATS_SUITE_TMPDIR}/node/bin:${system}"
	fails_with unforeseen
	says 'The swarm buildpack ended with status 1'
}

@test "a cache that cannot be written to, in a build that is not root's" {
	if ((EUID != 0)); then skip 'only root can be somebody else'; fi
	app::file jobs.js ''
	app::file Procfile 'worker: swarm -r ./jobs.js'
	chmod a+rx "${root}"
	chown -R nobody "${build}" "${root}/tmp"
	before=$(heroku::snapshot "${cache}")
	# shellcheck disable=SC2034 # heroku::call takes it
	as_user=(setpriv --reuid=nobody --clear-groups)
	run heroku::compile
	says 'Restored from the cache'
	[[ "${status}" -eq 0 ]]
	after=$(heroku::snapshot "${cache}")
	[[ "${after}" == "${before}" ]]
}

@test "config vars cannot do harm" {
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

@test "config vars count where it is foreseen what a swarm does" {
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

@test "relative paths" {
	cd "${root}"
	run heroku::call compile 'a build' 'a cache' 'config vars'
	[[ "${status}" -eq 0 ]]
	says 'Restored from the cache'
}

@test "without its arguments it says which it takes" {
	run heroku::call compile "${build}"
	[[ "${status}" -eq 64 ]]
	says 'BUILD_DIR CACHE_DIR ENV_DIR'
}

@test "Heroku CI: the same build, and the application's own tests" {
	app::file package.json '{ "scripts": { "test": "swarm --version" } }'
	run heroku::call test-compile "${build}" "${cache}" "${config}"
	[[ "${status}" -eq 0 ]]
	says 'Restored from the cache'
	system="${build}/.heroku/node/bin:${build}/.heroku/swarm/bin:${system}"
	run heroku::call test "${build}" "${config}"
	[[ "${status}" -eq 0 ]]
	says '0.1.0'
}
