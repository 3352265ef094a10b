# shellcheck shell=bash
# What a shell's command line would start, as far as that can be told without running it.
set -euo pipefail

readonly COMMAND_BLANK='^[[:space:]]+'
readonly COMMAND_PLAIN='^[^][:space:]"'\''\;&|()<>$*?{}[]+'
readonly COMMAND_SINGLE_QUOTED="^'([^']*)'"
readonly COMMAND_DOUBLE_QUOTED='^"(([^"\]|\\.)*)"'
readonly COMMAND_ESCAPED='^\\(.)'
readonly COMMAND_VARIABLE='^\$\{[^}]*\}'
readonly COMMAND_OPERATOR='^(&&|\|\||\|&|;;|[;&|()])'
readonly COMMAND_REDIRECTION='^([0-9]*|&)(<<<|>>|>&|<&|<>|>\||<|>)'
readonly COMMAND_SUBSTITUTION='[$<>]\(|`'
readonly COMMAND_SETTING='^[A-Za-z_][A-Za-z0-9_]*='
# What comes first in a line that runs no swarm, but asks or steers one.
readonly COMMAND_SUBCOMMAND='^(plan|doctor|ls|status|top|scale|quiet|stop|restart|-h|--help|--version)$'

# Prints the facts about each swarm that a command line starts, one a line, those about a swarm before its `swarm`:
#
#   setting NAME=VALUE   a variable of its environment
#   directory PATH       where it starts, if not where the line does
#   after PROGRAM        runs before it in this line, and may make files
#   front PROGRAM        stays in front of it as its parent: `shell`, or npx and the like
#   module NAME          its -r
#   unknown WORD         a directory or module that only the shell can name
#   argument WORD        all that it is given, unless one of them is known to the shell only
#   swarm
#
# Fails where the line cannot be read: a quote is not closed, or it has a command substitution.
command::swarms() {
	local tokens token words=() compound=false directory='' after='' previous='' unknown=''
	tokens=$(command::tokens "$1") || return
	if [[ $'\n'"${tokens}" == *$'\noperator '* ]]; then compound=true; fi
	while IFS= read -r token; do
		if [[ "${token}" == operator* ]]; then
			command::simple "${token#operator }"
			previous=${token#operator }
			words=()
		else
			words+=("${token}")
		fi
	done <<<"${tokens}"$'\noperator end'
}

# One simple command, in $words; `$1` is the operator behind it. What it says of the rest of the line goes into the
# caller's variables.
command::simple() {
	local next=$1 replaced=false front='' settings=() rest word position
	for position in "${!words[@]}"; do
		word=${words[position]#* }
		case ${word} in
			swarm | */swarm)
				rest=("${words[@]:position+1}")
				if command::runs_swarm; then
					command::describe "${rest[@]}"
					return
				fi
				break
				;;
			exec) replaced=true ;;
			# Nothing of these stays as another process.
			env | command | node | */node | then | else | elif | if | do | while | until | '{' | '}' | '!' | -*) ;;
			*)
				if [[ ! "${word}" =~ ${COMMAND_SETTING} ]]; then
					front=${front:-${word}}
				elif [[ "${words[position]}" == word* ]]; then
					settings+=("${word}")
				fi
				;;
		esac
	done
	case ${front} in
		'' | export | set | echo | true | : | then | fi | done) ;;
		cd) command::change_directory "${words[@]:1}" ;;
		*) after=${front} ;;
	esac
}

# Whether that word is the program, and runs a swarm. Without a module it may be a mistake, or an argument of another
# program: `echo swarm`, `cd swarm`.
command::runs_swarm() {
	if [[ "${rest[0]-}" =~ ^word\ (.*)$ && "${BASH_REMATCH[1]}" =~ ${COMMAND_SUBCOMMAND} ]]; then return 1; fi
	if command::modules "${rest[@]}" >/dev/null; then return; fi
	# An application's own program of that name may well name the module itself: `./bin/swarm`.
	if [[ "${word}" == */* && "/${word}" != */node_modules/* ]]; then return 1; fi
	case ${front} in
		'' | npx | npm | yarn | pnpm | pnpx | bunx | */*) ;;
		*) return 1 ;;
	esac
}

# The rest of the words of a swarm; what is in front of it, and before it in the line, is in the caller's variables.
command::describe() {
	local setting word
	for setting in "${settings[@]}"; do printf 'setting %s\n' "${setting}"; done
	if [[ -n "${directory}" ]]; then printf 'directory %s\n' "${directory}"; fi
	if [[ -n "${unknown}" ]]; then printf 'unknown %s\n' "${unknown}"; fi
	if [[ -n "${after}" ]]; then printf 'after %s\n' "${after}"; fi
	case "${previous}:${next}" in
		# In a pipeline or in the background even what is exec'ed has the shell as its parent.
		'|'*:* | *:'|' | *:'|&' | *:'&') front=shell ;;
		*) if [[ "${compound}" == true && "${replaced}" == false ]]; then front=shell; fi ;;
	esac
	case ${front} in
		shell | npx | npm | yarn | pnpm | pnpx | bunx) printf 'front %s\n' "${front}" ;;
		*) ;;
	esac
	command::modules "$@" || command::unknown "$@"
	if [[ $'\n'"$(printf '%s\n' "$@")" != *$'\nopen '* ]]; then
		for word in "$@"; do printf 'argument %s\n' "${word#word }"; done
	fi
	printf 'swarm\n'
}

# A swarm without a module, unless the shell puts one there.
command::unknown() {
	local word
	for word in "$@"; do
		if [[ "${word}" == open* ]]; then printf 'unknown %s\n' "${word#open }"; fi
	done
}

# Prints the modules among the arguments of a swarm, as facts. Fails if there are none.
command::modules() {
	local found=1 name
	while (($# > 0)); do
		name=
		case ${1#* } in
			--) break ;;
			-r | --require)
				if (($# == 1)); then break; fi
				shift
				name=${1#* }
				;;
			--require=*) name=${1#*=} ;;
			-r*) name=${1#* -r} ;;
			*)
				shift
				continue
				;;
		esac
		found=0
		if [[ "$1" == open* ]]; then printf 'unknown %s\n' "${name}"; else printf 'module %s\n' "${name}"; fi
		shift
	done
	return "${found}"
}

# Prints the name of the script in package.json that a command line runs, if that is all it does.
command::script() {
	local tokens token words=() runner=''
	tokens=$(command::tokens "$1") || return 0
	if [[ $'\n'"${tokens}" == *$'\n'op* ]]; then return; fi
	while IFS= read -r token; do
		# Settings, and flags of the runner, change nothing here.
		case ${token#word } in
			node | npm | yarn | pnpm | bun) runner=${token#word } ;;
			exec | env | -[!-]* | --silent | *=*) ;;
			*) words+=("${token#word }") ;;
		esac
	done <<<"${tokens}"
	case ${runner}:${words[0]-} in
		:* | *:) ;;
		*:run | *:run-script | node:--run) printf '%s\n' "${words[1]-}" ;;
		npm:start | yarn:* | pnpm:* | bun:*) printf '%s\n' "${words[0]}" ;;
		*) ;;
	esac
}

command::change_directory() {
	if (($# != 1)) || [[ "$1" != word* ]]; then
		unknown="cd ${*#* }"
	elif [[ "${1#* }" == /* || -z "${directory}" ]]; then
		directory=${1#* }
	else
		directory+=/${1#* }
	fi
}

# Prints the tokens of a command line, one a line, without redirections:
#
#   word TEXT       as the program gets it
#   open TEXT       a word that is complete only when it runs: it has a variable or a pattern in it
#   operator TEXT   between two commands
command::tokens() {
	local text=$1 word='' kind='' redirected=false
	if [[ "${text}" =~ ${COMMAND_SUBSTITUTION} ]]; then return 1; fi
	while [[ -n "${text}" ]]; do
		if [[ "${text}" =~ ${COMMAND_BLANK} ]]; then
			command::end_word
		elif [[ "${text}" =~ ${COMMAND_SINGLE_QUOTED} ]]; then
			command::add word "${BASH_REMATCH[1]}"
		elif [[ "${text}" =~ ${COMMAND_DOUBLE_QUOTED} ]]; then
			command::add_double_quoted "${BASH_REMATCH[1]}"
		elif [[ "${text}" =~ ${COMMAND_ESCAPED} ]]; then
			command::add word "${BASH_REMATCH[1]}"
		elif [[ -z "${kind}" && "${text}" == '#'* ]]; then
			break
		elif [[ "${text}" =~ ${COMMAND_REDIRECTION} && (-z "${kind}" || "${text}" == [\<\>]*) ]]; then
			command::end_word
			redirected=true
		elif [[ "${text}" =~ ${COMMAND_OPERATOR} ]]; then
			command::end_word
			printf 'operator %s\n' "${BASH_REMATCH[0]}"
		elif [[ "${text}" =~ ${COMMAND_PLAIN} ]]; then
			# Only at its start is a tilde somebody's home.
			if [[ -z "${kind}" && "${text}" == '~'* ]]; then kind=open; fi
			command::add word "${BASH_REMATCH[0]}"
		elif [[ "${text}" =~ ${COMMAND_VARIABLE} || "${text}" =~ ^[][{}\$*?] ]]; then
			command::add open "${BASH_REMATCH[0]}"
		else
			# A quote that nothing closes.
			return 1
		fi
		text=${text:${#BASH_REMATCH[0]}}
	done
	command::end_word
}

# Adds to the word that is being read. Once open, it stays so.
command::add() {
	if [[ "${kind}" != open ]]; then kind=$1; fi
	word+=$2
}

command::add_double_quoted() {
	local text=$1 kind_of_text=word
	if [[ "${text//\\?/}" == *'$'* ]]; then kind_of_text=open; fi
	text=${text//\\\"/\"}
	text=${text//\\\$/\$}
	command::add "${kind_of_text}" "${text//\\\\/\\}"
}

command::end_word() {
	# Alone, braces group commands.
	if [[ "${word}" == [{}] ]]; then kind=word; fi
	if [[ -n "${kind}" && "${redirected}" == false ]]; then printf '%s %s\n' "${kind}" "${word}"; fi
	if [[ -n "${kind}" ]]; then redirected=false; fi
	word=''
	kind=''
}
