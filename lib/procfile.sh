# shellcheck shell=bash
# The Procfile: what it lets a swarm load, and what would be preloaded of it.
set -euo pipefail

# procfile::check APP SWARM WORKSPACE: says of each swarm in the Procfile what it would preload, and fails the build where
# it cannot start.
procfile::check() {
	local app=$1 swarm=$2 errors=$3/plan.txt processes process name line swarms=0 place=Procfile
	if [[ ! -f "${app}/Procfile" ]]; then place='scripts of package.json, as there is no Procfile'; fi
	output::step "Looking for swarms in the ${place}"
	processes=$(procfile::processes "${app}")
	while IFS= read -r process; do
		name=${process%%: *}
		line=${process#*: }
		procfile::check_line
	done <<<"${processes}"
	report::set swarms "${swarms}"
	if ((swarms == 0)); then output::detail 'There is none. A line such as this in the Procfile starts one:  worker: swarm -r ./jobs.js'; fi
}

# The caller knows the $process, its $name and its $line.
procfile::check_line() {
	local facts script before=''
	script=$(command::script "${line}")
	if [[ -n "${script}" ]]; then
		before=$(app::script "${app}" "pre${script}")
		script=$(app::script "${app}" "${script}")
	fi
	if ! facts=$(command::swarms "${script:-${line}}"); then
		if [[ "${script:-${line}}" == *swarm* ]]; then output::detail "${name}: only the shell can read this line, so it was not checked"; fi
	elif [[ -n "${facts}" ]]; then
		output::detail "${process}"
		if [[ -n "${script}" ]]; then
			output::detail "  which is: ${script}"
			facts=$'front npm\n'"${before:+after ${before}$'\n'}${facts}"
		fi
		procfile::check_swarms "${facts}"
	fi
}

# procfile::processes APP: prints its process types, one a line: `NAME: COMMAND`. Without a Procfile they are what this
# buildpack and heroku/nodejs make of scripts in package.json.
procfile::processes() {
	local worker start
	if [[ -f "$1/Procfile" ]]; then
		procfile::parse <"$1/Procfile"
		return
	fi
	worker=$(app::script "$1" worker)
	start=$(app::script "$1" start)
	if [[ -n "${worker}" ]]; then printf 'worker: %s\n' "${worker}"; fi
	if [[ -n "${start}" ]]; then printf 'web: npm start\n'; fi
}

procfile::parse() {
	local line
	while IFS= read -r line || [[ -n "${line}" ]]; do
		if [[ "${line%$'\r'}" =~ ^[[:space:]]*([A-Za-z0-9_-]+):[[:space:]]*(.*[^[:space:]])[[:space:]]*$ ]]; then
			printf '%s: %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		fi
	done
}

# The facts of command::swarms about all swarms of one process type, whose name the caller knows.
procfile::check_swarms() {
	local kind text settings=() directory=${app} modules=() arguments=() after='' unknown=''
	while IFS=' ' read -r kind text; do
		case ${kind} in
			setting) settings+=("${text}") ;;
			directory)
				directory=$(procfile::place "${text}")
				if [[ "${directory}" != /* ]]; then directory=${app}/${directory}; fi
				;;
			after) after=${text} ;;
			unknown) unknown=${text} ;;
			argument) arguments+=("${text}") ;;
			module)
				text=$(procfile::place "${text}")
				modules+=("--require=${text}")
				;;
			front) procfile::warn_of_leader "${text}" ;;
			swarm)
				swarms=$((swarms + 1))
				if [[ -n "${unknown}" ]]; then
					output::detail "  not checked: only the shell knows ${unknown}"
				else
					procfile::foresee
				fi
				settings=() directory=${app} modules=() arguments=() after='' unknown=''
				;;
			*) ;;
		esac
	done <<<"$1"
}

# When the first process of a dyno exits, the dyno ends, in any state of swarm.
procfile::warn_of_leader() {
	if [[ "$1" == shell ]]; then
		output::warning "${name}: a shell may stay in front of swarm here. It passes no signal on, and the dyno ends with it.
Write \"exec swarm\" as the last command of the line, or one simple command."
	else
		output::warning "${name}: $1 stays in front of swarm here. It takes memory, and the dyno ends with it.
Write \"swarm\" alone, which is on the PATH."
	fi
}

# Where a path of the dyno is during the build: there, the classic API has the application in /app.
procfile::place() {
	case $1 in
		/app) printf '%s\n' "${app}" ;;
		/app/*) printf '%s\n' "${app}/${1#/app/}" ;;
		*) printf '%s\n' "$1" ;;
	esac
}

# What swarm itself says of its start: it loads nothing of the application for that.
procfile::foresee() {
	local plan status=0 message
	if [[ ! -d "${directory}" ]]; then
		output::warning "${name}: there is no directory ${directory#"${app}"/} to start in, so this swarm was not checked."
		return
	fi
	procfile::expect_usage
	plan=$(procfile::plan 2>"${errors}") || status=$?
	message=$(<"${errors}")
	message=${message#*swarm: }
	if ((status == 0)); then
		procfile::describe_preload "${plan}"
	elif [[ "${status} ${message}" == '1 -r '* && -z "${after}" ]]; then
		failure::exit module-not-found "${name}: ${message}
This worker could not start. What is built has to be built before: by the \"build\" script in package.json, which
heroku/nodejs runs, or by a buildpack that comes before swarm."
	elif [[ "${status} ${message}" == '1 -r '* ]]; then
		output::warning "${name}: ${message}
The worker can start only if ${after}, which runs before swarm in this line, makes it."
	elif ((status == 1 || status == 78)); then
		output::warning "${name}: ${message}
As it is, this worker will not start."
	else
		output::detail "  not checked: the application's own version of swarm cannot tell what it would load"
	fi
}

# Fails the build where swarm would refuse its arguments.
procfile::expect_usage() {
	local message status=0
	# Some are known to the shell only.
	if ((${#arguments[@]} == 0 && ${#modules[@]} > 0)); then return; fi
	message=$(procfile::refused 2>&1) || status=$?
	if ((status == 64)); then
		failure::exit usage "${name}: ${message#*swarm: }
This swarm could not start. Correct its line, which is: ${line}"
	fi
}

# swarm reads its arguments before its settings, and with this one it starts nothing in any case.
procfile::refused() {
	environment::run SWARM_COUNT=none node "${swarm}" "${arguments[@]}"
}

procfile::plan() {
	cd "${directory}" || return
	environment::run "${settings[@]}" node "${swarm}" plan "${modules[@]}" --json
}

# A line on what is preloaded; and a warning for each import that stands for nothing.
procfile::describe_preload() {
	local description sentences sentence
	# shellcheck disable=SC2016 # that is JavaScript
	description=$(node --print '
		const { preload: { packages, reason }, missing = [] } = JSON.parse(process.argv[1]);
		const number = packages.length === 1 ? "1 package" : `${packages.length} packages`;
		const preload = packages.length > 0 ? `${number}: ${packages.join(", ")}` : `nothing: ${reason}`;
		[`  will preload ${preload}`, ...missing.map(({ name, file, advice }) => `${file} imports ${name}. ${advice}.`)].join("\n");
	' "$1")
	mapfile -t sentences <<<"${description}"
	output::detail "${sentences[0]}"
	for sentence in "${sentences[@]:1}"; do
		output::warning "${name}: ${sentence}
As it is, this worker will not start."
	done
}
