# shellcheck shell=bash
# As many cores as Heroku's machine has, for os.cpus() and other readers of these files. Threads run on the real cores,
# and programs that ask the scheduler (nproc, os.availableParallelism()) see those.
set -euo pipefail

# processors::show DIRECTORY ROOT
processors::show() {
	local directory=$1 root=$2
	mkdir "${directory}"
	awk -v count="${CPUS:?}" '
		/^cpu[0-9]/ { line[lines++] = substr($0, index($0, " ")); next }
		!/^cpu/ && !shown { for (cpu = 0; cpu < count; cpu++) print "cpu" cpu line[cpu % lines]; shown = 1 }
		{ print }' /proc/stat >"${directory}/stat"
	awk -v count="${CPUS:?}" -v RS= '
		/^processor/ { block[blocks++] = substr($0, index($0, "\n") + 1) }
		END { for (cpu = 0; cpu < count; cpu++) printf "processor\t: %d\n%s\n\n", cpu, block[cpu % blocks] }
		' /proc/cpuinfo >"${directory}/cpuinfo"
	printf '0-%d\n' "$((CPUS - 1))" >"${directory}/online"
	mount --bind "${directory}/stat" "${root}/proc/stat"
	mount --bind "${directory}/cpuinfo" "${root}/proc/cpuinfo"
	mount --bind "${directory}/online" "${root}/sys/devices/system/cpu/online"
}
