# shellcheck shell=bash
# What a test says of the command that it ran last.
# shellcheck disable=SC2154 # bats sets $output

says() {
	if [[ "${output}" == *"$1"* ]]; then return; fi
	printf 'It should say: %s\nIt says:\n%s\n' "$1" "${output}" >&2
	return 1
}

says_not() {
	if [[ "${output}" != *"$1"* ]]; then return; fi
	printf 'It should not say: %s\nIt says:\n%s\n' "$1" "${output}" >&2
	return 1
}
