# shellcheck shell=bash
# A simulated dyno (test/dyno).
# shellcheck disable=SC2154,SC2034 # bats sets BATS_*; tests read the variables set here

# Prints why no dyno can be simulated here, if so. Prints nothing in CI, so that the tests fail there instead of being
# skipped.
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

# dyno::logs TEXT [TIMES]: waits until this many lines of its log contain the text.
dyno::logs() {
	local text=$1 times=${2:-1} seen deadline=$((SECONDS + 120))
	while seen=$(grep --count --fixed-strings -- "${text}" "${dyno_log}") || true && ((seen < times)); do
		if ! kill -0 "${dyno}" 2>/dev/null || ((SECONDS > deadline)); then
			printf 'Expected in the log, %d times: %s\nThe log:\n%s\n' "${times}" "${text}" "$(<"${dyno_log}")" >&2
			return 1
		fi
		sleep 0.1
	done
}

# Stops the dyno as Heroku does. Sets $status to its exit status, and $output to its log.
dyno::stop() {
	kill -TERM "${dyno}"
	status=0
	wait "${dyno}" || status=$?
	dyno=
	output=$(<"${dyno_log}")
}

# For teardown: kills the dyno if the test has not stopped it.
dyno::end() {
	if [[ -z "${dyno:-}" ]]; then return; fi
	kill -KILL "${dyno}" 2>/dev/null || true
	wait "${dyno}" 2>/dev/null || true
}
