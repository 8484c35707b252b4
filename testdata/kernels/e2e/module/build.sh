#!/bin/sh
# Builds the modules for one guest: build.sh FLAVOUR -> $WORK/build/FLAVOUR/*.ko
#
#   ipt_connlimit/ipt_connlimit.ko    natural: gcc may fold the NULL into an absolute address
#   ipt_connlimit_r/ipt_connlimit.ko  the NULL stays in a register
#   menagerie/menagerie.ko
set -eu

WORK=${WORK:?the work folder}
here=$(cd "$(dirname "$0")" && pwd)
flavour=$1
rel=$(cat "$WORK/sys/$flavour/release")
tree=$WORK/sys/$flavour/headers/usr/src/linux-headers-$rel
out=$WORK/build/$flavour

case $flavour in
686) set -- ARCH=i386 ;;
arm64) set -- ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- ;;
# These headers name the compiler of their release, which is not here.
5.10-*) set -- ARCH=x86_64 CC=gcc ;;
*) set -- ARCH=x86_64 ;;
esac

# The modules are current when nothing in the sources is newer.
stamp=$out/complete
if [ -e "$stamp" ] && [ -z "$(find "$here" -newer "$stamp" -type f)" ]; then
	exit 0
fi
echo "e2e: modules for $flavour ($rel)" >&2
rm -rf "$out"
mkdir -p "$out"

connlimit() { # NAME CFLAGS
	dir=$out/$1
	mkdir -p "$dir/faulty" "$dir/fixed"
	cp "$here/ipt_connlimit/Kbuild" "$here/ipt_connlimit/match.c" "$here/ipt_connlimit/ipt_connlimit.h" "$dir"
	cp "$here/ipt_connlimit/ipt_connlimit.c" "$dir/faulty"
	cp "$here/ipt_connlimit/ipt_connlimit.c" "$dir/fixed"
	patch -s -d "$dir/fixed" -p1 <"$here/ipt_connlimit/fix.diff"
	make_module "$dir" "CONNLIMIT_CFLAGS=$2"
}
make_module() { # DIR VARIABLES: the compiler sees the same paths wherever the work folder is
	dir=$1
	shift
	# shellcheck disable=SC2086 # target is a list of variables
	make -s -C "$tree" M="$dir" KCFLAGS="-ffile-prefix-map=$dir=/build/${dir##*/}" $target "$@" modules \
		>"$dir/build.log" 2>&1 || {
		tail -30 "$dir/build.log" >&2
		echo "e2e: error: cannot build ${dir##*/} for $flavour" >&2
		exit 1
	}
}
target=$*

connlimit ipt_connlimit ""
connlimit ipt_connlimit_r -DCONNLIMIT_HIDE_NULL
mkdir -p "$out/menagerie"
cp "$here/menagerie/Kbuild" "$here"/menagerie/*.[ch] "$out/menagerie"
make_module "$out/menagerie"
touch "$stamp"
