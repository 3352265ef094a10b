# shellcheck shell=bash
# Checks the swarms in the Procfile: whether they can start, and what they would preload.
set -euo pipefail

# procfile::check APP SWARM WORKSPACE: prints what each swarm in the Procfile would preload, and fails the build if one
# cannot start.
procfile::check() {
	local app=$1 swarm=$2 errors=$3/plan.txt processes process name line swarms=0 place=Procfile
	if [[ ! -f "${app}/Procfile" ]]; then place='scripts of package.json, because there is no Procfile'; fi
	output::step "Looking for swarms in the ${place}"
	processes=$(procfile::processes "${app}")
	while IFS= read -r process; do
		name=${process%%: *}
		line=${process#*: }
		procfile::check_line
	done <<<"${processes}"
	report::set swarms "${swarms}"
	if ((swarms == 0)); then output::detail 'None found. To start one, add a line such as this to the Procfile:  worker: swarm -r ./jobs.js'; fi
}

# Checks one process type. Uses the caller's $process, $name and $line.
procfile::check_line() {
	local facts script before=''
	script=$(command::script "${line}")
	if [[ -n "${script}" ]]; then
		before=$(app::script "${app}" "pre${script}")
		script=$(app::script "${app}" "${script}")
	fi
	if ! facts=$(command::swarms "${script:-${line}}"); then
		if [[ "${script:-${line}}" == *swarm* ]]; then output::detail "${name}: not checked, because only the shell can interpret this line"; fi
	elif [[ -n "${facts}" ]]; then
		output::detail "${process}"
		if [[ -n "${script}" ]]; then
			output::detail "  which is: ${script}"
			facts=$'front npm\n'"${before:+after ${before}$'\n'}${facts}"
		fi
		procfile::check_swarms "${facts}"
	fi
}

# procfile::processes APP: prints the process types, one per line: `NAME: COMMAND`. Without a Procfile, they are those
# that this buildpack and heroku/nodejs derive from scripts in package.json.
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

# Checks all swarms of one process type, given the facts of command::swarms. Uses the caller's $name.
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

# Warns of a parent process of swarm: when the first process of a dyno exits, the dyno ends, whatever swarm is doing.
procfile::warn_of_leader() {
	if [[ "$1" == shell ]]; then
		output::warning "${name}: a shell may stay in front of swarm here. It forwards no signals, and when it exits, the dyno ends.
Write \"exec swarm\" as the last command of the line, or make the line a single command."
	else
		output::warning "${name}: $1 stays in front of swarm here. It takes memory, and when it exits, the dyno ends.
Write only \"swarm\", which is on the PATH."
	fi
}

# Prints where a path of the dyno is during the build: with the classic API, the dyno has the application in /app.
procfile::place() {
	case $1 in
		/app) printf '%s\n' "${app}" ;;
		/app/*) printf '%s\n' "${app}/${1#/app/}" ;;
		*) printf '%s\n' "$1" ;;
	esac
}

# Asks swarm itself what it would do, which loads no code of the application.
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
This worker could not start. If a build creates the file, run it before swarm: in the \"build\" script of package.json,
which heroku/nodejs runs, or in an earlier buildpack."
	elif [[ "${status} ${message}" == '1 -r '* ]]; then
		output::warning "${name}: ${message}
The worker can start only if ${after}, which runs before swarm in this line, creates it."
	elif ((status == 1 || status == 78)); then
		output::warning "${name}: ${message}
Until that is fixed, this worker will not start."
	else
		output::detail "  not checked: the application's own version of swarm cannot tell what it would load"
	fi
}

# Fails the build if swarm would reject its arguments.
procfile::expect_usage() {
	local message status=0
	# Some arguments are known only to the shell.
	if ((${#arguments[@]} == 0 && ${#modules[@]} > 0)); then return; fi
	message=$(procfile::refused 2>&1) || status=$?
	if ((status == 64)); then
		failure::exit usage "${name}: ${message#*swarm: }
This swarm could not start. Fix its line: ${line}"
	fi
}

# swarm parses its arguments before its settings, and this invalid setting keeps it from starting anything.
procfile::refused() {
	environment::run SWARM_COUNT=none node "${swarm}" "${arguments[@]}"
}

procfile::plan() {
	cd "${directory}" || return
	environment::run "${settings[@]}" node "${swarm}" plan "${modules[@]}" --json
}

# Prints one line about what is preloaded, and a warning for each import that is not installed.
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
Until that is fixed, this worker will not start."
	done
}
