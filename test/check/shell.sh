#!/usr/bin/env bash
# Runs shellcheck and shfmt on every shell file that is committed or untracked.
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
	# Tabs everywhere, set here because .editorconfig cannot match programs without an extension.
	shfmt --diff --indent 0 --case-indent "${files[@]}"
}

# Prints files with a shell extension, and in the folders of programs without one, files with a bash shebang.
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
