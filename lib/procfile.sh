# shellcheck shell=bash
# The Procfile: what it lets a swarm load, and what would be preloaded of it.
set -euo pipefail

# procfile::check APP SWARM WORKSPACE: says of each swarm in the Procfile what it would preload, and fails the build where
# its module cannot be there when it starts.
procfile::check() {
	local app=$1 swarm=$2 errors=$3/plan.txt processes='' process name line facts swarms=0
	output::step 'Looking for swarms in the Procfile'
	if [[ -f "${app}/Procfile" ]]; then processes=$(procfile::processes <"${app}/Procfile"); fi
	while IFS= read -r process; do
		name=${process%%: *}
		line=${process#*: }
		if ! facts=$(command::swarms "${line}"); then
			if [[ "${line}" == *swarm* ]]; then output::detail "${name}: only the shell can read this line, so it was not checked"; fi
		elif [[ -n "${facts}" ]]; then
			output::detail "${process}"
			procfile::check_swarms "${facts}"
		fi
	done <<<"${processes}"
	report::set swarms "${swarms}"
	if ((swarms == 0)); then output::detail 'There is none. A line such as this starts one:  worker: swarm -r ./jobs.js'; fi
}

# Prints the process types on standard input, one a line: `NAME: COMMAND`.
procfile::processes() {
	local line
	while IFS= read -r line || [[ -n "${line}" ]]; do
		if [[ "${line%$'\r'}" =~ ^([A-Za-z0-9_-]+):[[:space:]]*(.*[^[:space:]])[[:space:]]*$ ]]; then
			printf '%s: %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		fi
	done
}

# The facts of command::swarms about all swarms of one process type, whose name the caller knows.
procfile::check_swarms() {
	local kind text settings=() directory=${app} modules=() after='' unknown=''
	while IFS=' ' read -r kind text; do
		case ${kind} in
			setting) settings+=("${text}") ;;
			directory)
				directory=$(procfile::place "${text}")
				if [[ "${directory}" != /* ]]; then directory=${app}/${directory}; fi
				;;
			after) after=${text} ;;
			unknown) unknown=${text} ;;
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
				settings=() directory=${app} modules=() after='' unknown=''
				;;
			*) ;;
		esac
	done <<<"$1"
}

# When the first process of a dyno exits, the dyno ends, whatever swarm was doing.
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

procfile::plan() {
	cd "${directory}" || return
	environment::run "${settings[@]}" node "${swarm}" plan "${modules[@]}" --json
}

procfile::describe_preload() {
	local description
	# shellcheck disable=SC2016 # that is JavaScript
	description=$(node --print '
		const { packages, reason } = JSON.parse(process.argv[1]).preload;
		const number = packages.length === 1 ? "1 package" : `${packages.length} packages`;
		packages.length > 0 ? `will preload ${number}: ${packages.join(", ")}` : `will preload nothing: ${reason}`;
	' "$1")
	output::detail "  ${description}"
}
