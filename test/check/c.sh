#!/usr/bin/env bash
# Runs clang-format over every C file of the repository, committed or about to be.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/check/tools.sh

main() {
	local list files
	tools::require git
	list=$(git ls-files --cached --others --exclude-standard '*.c' '*.h')
	if [[ -z "${list}" ]]; then
		printf 'clang-format: there is no C yet\n'
		return
	fi
	tools::require clang-format
	mapfile -t files <<<"${list}"
	printf 'clang-format: %d files\n' "${#files[@]}"
	clang-format --dry-run -Werror "${files[@]}"
}

main
