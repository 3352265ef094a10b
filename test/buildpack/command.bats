#!/usr/bin/env bats
# lib/command.sh: which swarms a command line starts, and facts about them.
# shellcheck disable=SC1003,SC2016,SC2154 # the command lines are for another shell; bats sets BATS_*

bats_require_minimum_version 1.5.0

setup() {
	source "${BATS_TEST_DIRNAME}/../../lib/command.sh"
}

# finds COMMAND_LINE FACT…: expects these facts, not counting arguments, most of which are modules.
finds() {
	local facts
	facts=$(command::swarms "$1")
	facts=$(grep --invert-match '^argument ' <<<"${facts}" || true)
	shift
	expects "$@"
}

# gives COMMAND_LINE ARGUMENT…: expects these arguments of its swarm.
gives() {
	local facts
	facts=$(command::swarms "$1" | sed -n 's/^argument //p')
	shift
	expects "$@"
}

expects() {
	local expected=''
	if (($# > 0)); then expected=$(printf '%s\n' "$@"); fi
	if [[ "${facts}" == "${expected}" ]]; then return; fi
	printf 'Expected facts:\n%s\nActual facts:\n%s\n' "${expected}" "${facts}" >&2
	return 1
}

@test "a simple command is recognized" {
	finds 'swarm -r ./jobs.js' 'module ./jobs.js' swarm
	finds '  swarm --fast -r ./jobs.js -q mail  ' 'module ./jobs.js' swarm
	finds 'exec swarm -r ./jobs.js' 'module ./jobs.js' swarm
	finds 'node_modules/.bin/swarm -r ./jobs.js' 'module ./jobs.js' swarm
	finds 'node --max-old-space-size=300 ./node_modules/.bin/swarm -r ./jobs.js' 'module ./jobs.js' swarm
	finds 'bin/start-pgbouncer swarm -r ./jobs.js' 'module ./jobs.js' swarm
}

@test "modules are found in every form of -r, but not after --" {
	finds 'swarm -r a -rb --require c --require=d -- -r e' 'module a' 'module b' 'module c' 'module d' swarm
}

@test "quotes and escapes are removed" {
	finds "swarm -r './my jobs.js' -r \"b c\" -r d\\ e -r 'f'\"g\"h" 'module ./my jobs.js' 'module b c' 'module d e' 'module fgh' swarm
	finds 'swarm -r "a\"b\$c\\d"' 'module a"b$c\d' swarm
	finds "swarm -r '\$a*'" 'module $a*' swarm
}

@test "variables before the command are settings" {
	finds 'COUNT=4 NAME="a b" exec swarm -r a' 'setting COUNT=4' 'setting NAME=a b' 'module a' swarm
	finds 'env COUNT=4 swarm -r a' 'setting COUNT=4' 'module a' swarm
	finds 'COUNT=$WORKERS swarm -r a' 'module a' swarm
}

@test "words that only the shell can expand are unknown" {
	finds 'swarm -r $JOBS' 'unknown $JOBS' swarm
	finds 'swarm -r "./${JOBS:-a b}.js"' 'unknown ./${JOBS:-a b}.js' swarm
	finds 'swarm -r ./*.js -r ~/a -r ./{a,b}.js' 'unknown ./*.js' 'unknown ~/a' 'unknown ./{a,b}.js' swarm
	finds 'cd "$A" && exec swarm -r a' 'unknown cd $A' 'module a' swarm
}

@test "a shell that stays in front is reported" {
	finds 'migrate && swarm -r a' 'after migrate' 'front shell' 'module a' swarm
	finds 'swarm -r a; echo' 'front shell' 'module a' swarm
	finds 'swarm -r a || echo' 'front shell' 'module a' swarm
	finds 'swarm -r a | tee log' 'front shell' 'module a' swarm
	finds 'exec swarm -r a | tee log' 'front shell' 'module a' swarm
	finds 'yes | exec swarm -r a' 'after yes' 'front shell' 'module a' swarm
	finds 'exec swarm -r a & exec swarm -r b' 'front shell' 'module a' swarm 'module b' swarm
}

@test "no shell is reported if swarm replaces it" {
	finds 'migrate && exec swarm -r a' 'after migrate' 'module a' swarm
	finds 'if [ "$A" ]; then exec swarm -r a; else exec swarm -r b; fi' 'after [' 'module a' swarm 'after [' 'module b' swarm
	finds '{ exec swarm -r a; }' 'module a' swarm
	finds 'swarm -r a >log 2>&1 </dev/null' 'module a' swarm
	finds 'swarm -r a 2> log -r b' 'module a' 'module b' swarm
	finds 'swarm -r a # && swarm -r b' 'module a' swarm
	finds 'swarm -r a#b' 'module a#b' swarm
}

@test "a program that stays in front is reported" {
	finds 'npx swarm -r a' 'front npx' 'module a' swarm
	finds 'exec npx --yes swarm -r a' 'front npx' 'module a' swarm
	finds 'npm exec -- swarm -r a' 'front npm' 'module a' swarm
	finds 'yarn swarm -r a' 'front yarn' 'module a' swarm
}

@test "the working directory follows cd" {
	finds 'cd a && cd b && exec swarm -r c' 'directory a/b' 'module c' swarm
	finds 'cd a && cd /b && exec swarm -r c' 'directory /b' 'module c' swarm
}

@test "other commands start no swarm" {
	finds ''
	finds 'node web.js'
	finds 'swarm plan'
	finds 'swarm doctor -r ./jobs.js'
	finds 'npx swarm --version'
	finds 'cd swarm && node ./jobs.js'
	finds 'cp swarm ./jobs.js'
	finds 'cd swarm && node -r ./jobs.js'
	finds 'echo "swarm -r a; swarm -r b"'
	finds 'swarming -r a'
}

@test "a swarm without a module counts, because it is a mistake" {
	finds 'swarm' swarm
	finds 'swarm ./jobs.js' swarm
	finds 'swarm -r' swarm
	finds 'swarm --require' swarm
	finds 'COUNT=2 exec swarm jobs' 'setting COUNT=2' swarm
	finds 'npx swarm ./jobs.js' 'front npx' swarm
	finds 'bin/start-pgbouncer swarm ./jobs.js' swarm
	finds 'swarm $ARGUMENTS' 'unknown $ARGUMENTS' swarm
	finds './node_modules/.bin/swarm ./jobs.js' swarm
}

@test "the application's own program named swarm counts only with a module" {
	finds './bin/swarm'
	finds 'bin/swarm join --token abc'
	finds './bin/swarm -r ./jobs.js' 'module ./jobs.js' swarm
}

@test "arguments are listed unless the shell has to expand one" {
	gives "swarm -r './my jobs.js' -q mail" -r './my jobs.js' -q mail
	gives 'migrate && exec node_modules/.bin/swarm ./jobs.js' ./jobs.js
	gives 'swarm -r ./jobs.js -q $QUEUE'
}

@test "the list of subcommands matches that of swarm itself" {
	local names
	names=$(sed -n '/^const DESCRIPTIONS/,/^}/ s/^  \([a-z]*\):.*/\1/p' "${BATS_TEST_DIRNAME}/../../src/cli/subcommands.ts" | sort)
	[[ "${names}" == *$'plan\nquiet'* ]]
	known=$(tr -d '^$()' <<<"${COMMAND_SUBCOMMAND}" | tr '|' '\n' | grep --invert-match '^-' | sort)
	[[ "${known}" == "${names}" ]]
}

# runs COMMAND_LINE SCRIPT
runs() {
	local script
	script=$(command::script "$1")
	[[ "${script}" == "$2" ]]
}

@test "the package.json script that a line runs is recognized" {
	runs 'npm start' start
	runs 'npm run worker' worker
	runs 'COUNT=2 exec npm run --silent worker -- -q mail' worker
	runs 'yarn worker' worker
	runs 'pnpm run worker' worker
	runs 'node --run worker' worker
	runs 'npm run' ''
	runs 'npm ci' ''
	runs 'npm run build && npm run worker' ''
	runs 'npm run $NAME' ''
	runs 'swarm -r ./jobs.js' ''
	runs 'node worker.js' ''
}

@test "unclosed quotes and substitutions cannot be parsed" {
	run ! command::swarms "swarm -r 'a"
	run ! command::swarms 'swarm -r "a'
	run ! command::swarms 'swarm -r a\'
	run ! command::swarms 'swarm -r $(cat main)'
	run ! command::swarms 'swarm -r `cat main`'
	run ! command::swarms 'swarm -r a > >(tee log)'
}
