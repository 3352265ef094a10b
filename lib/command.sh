# shellcheck shell=bash
# Finds the swarms that a shell command line would start, without running it.
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
# First arguments with which `swarm` runs no swarm, but queries or controls one.
readonly COMMAND_SUBCOMMAND='^(plan|doctor|ls|status|top|scale|quiet|stop|restart|-h|--help|--version)$'

# Prints facts about each swarm that a command line starts, one per line. `swarm` ends the facts about one:
#
#   setting NAME=VALUE   a variable in its environment
#   directory PATH       its working directory, if the line changes it
#   after PROGRAM        a program that runs before it in this line, and can create files
#   front PROGRAM        its parent process: `shell`, npx or similar
#   module NAME          a module given with -r
#   unknown WORD         a directory or module that only the shell can expand
#   argument WORD        one of its arguments; omitted if the shell has to expand any of them
#   swarm
#
# Fails if the line cannot be parsed: a quote is not closed, or there is a command substitution.
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

# Interprets one simple command, in $words; `$1` is the operator that follows it. Facts about the rest of the line go
# into the caller's variables.
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
			# None of these remains as a separate process.
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

# Whether $word is the program and runs a swarm. Without a module it is either a mistake or an argument of another
# program: `echo swarm`, `cd swarm`.
command::runs_swarm() {
	if [[ "${rest[0]-}" =~ ^word\ (.*)$ && "${BASH_REMATCH[1]}" =~ ${COMMAND_SUBCOMMAND} ]]; then return 1; fi
	if command::modules "${rest[@]}" >/dev/null; then return; fi
	# A program of the application with the same name can name the module itself: `./bin/swarm`.
	if [[ "${word}" == */* && "/${word}" != */node_modules/* ]]; then return 1; fi
	case ${front} in
		'' | npx | npm | yarn | pnpm | pnpx | bunx | */*) ;;
		*) return 1 ;;
	esac
}

# Prints the facts about one swarm. Its arguments are `$@`; what precedes it in the line is in the caller's variables.
command::describe() {
	local setting word
	for setting in "${settings[@]}"; do printf 'setting %s\n' "${setting}"; done
	if [[ -n "${directory}" ]]; then printf 'directory %s\n' "${directory}"; fi
	if [[ -n "${unknown}" ]]; then printf 'unknown %s\n' "${unknown}"; fi
	if [[ -n "${after}" ]]; then printf 'after %s\n' "${after}"; fi
	case "${previous}:${next}" in
		# In a pipeline or in the background, the shell is the parent even after exec.
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

# Prints the words that the shell has to expand: one of them can contain the module of a swarm without -r.
command::unknown() {
	local word
	for word in "$@"; do
		if [[ "${word}" == open* ]]; then printf 'unknown %s\n' "${word#open }"; fi
	done
}

# Prints the modules among the arguments of a swarm as facts. Fails if there are none.
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

# Prints the name of the package.json script that a command line runs, if it does nothing else.
command::script() {
	local tokens token words=() runner=''
	tokens=$(command::tokens "$1") || return 0
	if [[ $'\n'"${tokens}" == *$'\n'op* ]]; then return; fi
	while IFS= read -r token; do
		# Ignores settings and flags of the runner.
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

# Prints the tokens of a command line, one per line, without redirections:
#
#   word TEXT       a word as the program receives it
#   open TEXT       a word with a variable or a pattern, which only the shell can expand
#   operator TEXT   an operator between two commands
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
			# A tilde means a home directory only at the start of a word.
			if [[ -z "${kind}" && "${text}" == '~'* ]]; then kind=open; fi
			command::add word "${BASH_REMATCH[0]}"
		elif [[ "${text}" =~ ${COMMAND_VARIABLE} || "${text}" =~ ^[][{}\$*?] ]]; then
			command::add open "${BASH_REMATCH[0]}"
		else
			# An unclosed quote.
			return 1
		fi
		text=${text:${#BASH_REMATCH[0]}}
	done
	command::end_word
}

# Adds to the current word. Once open, it stays open.
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
	# A brace as a word of its own groups commands.
	if [[ "${word}" == [{}] ]]; then kind=word; fi
	if [[ -n "${kind}" && "${redirected}" == false ]]; then printf '%s %s\n' "${kind}" "${word}"; fi
	if [[ -n "${kind}" ]]; then redirected=false; fi
	word=''
	kind=''
}
