#!/usr/bin/env bash
# Checks the C code: clang-format on every file that is committed or untracked, GCC's analyzer on the addon, and the
# parsers under AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../.."
source test/check/tools.sh

readonly FLAGS=(-std=gnu11 -DNAPI_VERSION=9 -Wall -Wextra -Werror)

main() {
	local list files
	tools::require git
	list=$(git ls-files --cached --others --exclude-standard '*.c' '*.h')
	if [[ -z "${list}" ]]; then
		printf 'clang-format: no C files\n'
		return
	fi
	tools::require clang-format
	mapfile -t files <<<"${list}"
	printf 'clang-format: %d files\n' "${#files[@]}"
	clang-format --dry-run -Werror "${files[@]}"
	tools::require gcc
	c::analyze
	c::parse
}

c::analyze() {
	local source sources=(src/native/*.c)
	printf 'gcc -fanalyzer: %d files\n' "${#sources[@]}"
	for source in "${sources[@]}"; do
		gcc "${FLAGS[@]}" -O2 -fanalyzer -isystem node_modules/node-api-headers/include -c -o /dev/null "${source}"
	done
}

c::parse() {
	local program
	program=$(mktemp)
	gcc "${FLAGS[@]}" -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -o "${program}" \
		test/check/parse.c src/native/{arena,libc,memory,proc}.c
	"${program}"
	rm "${program}"
}

main
