# shellcheck shell=bash
# A simulated dyno (test/dyno).
# shellcheck disable=SC2154,SC2034 # bats sets BATS_*; a test reads what is set here

# Why there can be none here, if so. In CI the tests fail then, and are not skipped.
dyno::fault() {
	if [[ -n "${CI:-}" ]]; then return; fi
	node --input-type=module --eval 'console.log((await import(process.argv[1])).cannotSimulate() ?? "")' \
		"${BATS_TEST_DIRNAME}/../dyno/host.js"
}

dyno::start() {
	dyno_log="${BATS_TEST_TMPDIR}/dyno.txt"
	node "${BATS_TEST_DIRNAME}/../dyno/main.js" "$@" >"${dyno_log}" 2>&1 3>&- &
	dyno=$!
}

# Returns when so many lines of its log have had this text.
dyno::logs() {
	local text=$1 times=${2:-1} seen deadline=$((SECONDS + 120))
	while seen=$(grep --count --fixed-strings -- "${text}" "${dyno_log}") || true && ((seen < times)); do
		if ! kill -0 "${dyno}" 2>/dev/null || ((SECONDS > deadline)); then
			printf 'It should log, %d times: %s\nIt logged:\n%s\n' "${times}" "${text}" "$(<"${dyno_log}")" >&2
			return 1
		fi
		sleep 0.1
	done
}

# As Heroku does. Leaves how it ended in $status, and its log in $output.
dyno::stop() {
	kill -TERM "${dyno}"
	status=0
	wait "${dyno}" || status=$?
	dyno=
	output=$(<"${dyno_log}")
}

# For teardown: nothing is left, however the test has ended.
dyno::end() {
	if [[ -z "${dyno:-}" ]]; then return; fi
	kill -KILL "${dyno}" 2>/dev/null || true
	wait "${dyno}" 2>/dev/null || true
}
