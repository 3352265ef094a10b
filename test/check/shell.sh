#!/usr/bin/env bash
# Runs shellcheck and shfmt over every shell file of the repository, committed or about to be.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/check/tools.sh

main() {
	local list files
	tools::require git shellcheck shfmt
	list=$(shell_files)
	mapfile -t files <<<"${list}"
	printf 'shellcheck and shfmt: %d files\n' "${#files[@]}"
	shellcheck "${files[@]}"
	# Tabs everywhere: .editorconfig cannot tell the programs without an extension from other files.
	shfmt --diff --indent 0 --case-indent "${files[@]}"
}

# Shell is what is called so, and in the folders of programs without an extension what says so in its first line.
shell_files() {
	local file first
	git ls-files --cached --others --exclude-standard | while read -r file; do
		if [[ ! -f "${file}" ]]; then continue; fi # deleted, and not yet committed
		case ${file} in
			*.sh | *.bash | *.bats) printf '%s\n' "${file}" ;;
			bin/* | .ci/*)
				read -r first <"${file}" || true
				if [[ "${first}" == '#!'*bash ]]; then printf '%s\n' "${file}"; fi
				;;
			*) ;;
		esac
	done
}

main
