#!/usr/bin/env bash
# Creates the root file system of an image without a registry: Node with its libraries, and a shell.
#
#   root.sh DIRECTORY NODE
set -euo pipefail

main() {
	local root=$1 node=$2 program
	mkdir -p "${root}"/{dev,etc,proc,run,sys,tmp,usr/bin}
	chmod 1777 "${root}/tmp"
	ln -s usr/bin "${root}/bin"
	cp "${node}" "${root}/usr/bin/node"
	libraries "${root}" "${node}"
	for program in /bin/sh /usr/bin/env /bin/sleep; do
		cp --dereference "${program}" "${root}/usr/bin/"
		libraries "${root}" "${program}"
	done
}

# "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)", "/lib64/ld-linux-x86-64.so.2 (0x…)"
libraries() {
	local root=$1 library
	ldd "$2" | grep --only-matching '/[^ ]*' | while read -r library; do
		mkdir -p "${root}${library%/*}"
		cp --dereference --update "${library}" "${root}${library}"
	done
}

main "$@"
