# shellcheck shell=bash
# Assertions about the output of the last command.
# shellcheck disable=SC2154 # bats sets $output

says() {
	if [[ "${output}" == *"$1"* ]]; then return; fi
	printf 'Expected output: %s\nActual output:\n%s\n' "$1" "${output}" >&2
	return 1
}

says_not() {
	if [[ "${output}" != *"$1"* ]]; then return; fi
	printf 'Unexpected output: %s\nActual output:\n%s\n' "$1" "${output}" >&2
	return 1
}
