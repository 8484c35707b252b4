#!/bin/sh
# The guest's initramfs: guest/build.sh FLAVOUR -> $WORK/build/FLAVOUR/initramfs.gz
# Holds init, busybox, iptables with the libraries it needs, the kernel modules that the story
# needs, and our own modules.
set -eu

WORK=${WORK:?the work folder}
PATH=$PATH:/sbin:/usr/sbin
here=$(cd "$(dirname "$0")" && pwd)
flavour=$1
rel=$(cat "$WORK/sys/$flavour/release")
sys=$WORK/sys/$flavour
out=$WORK/build/$flavour/initramfs.gz
root=$WORK/build/$flavour/root

[ ! -e "$out" ] || [ "$here/init" -nt "$out" ] || [ "$0" -nt "$out" ] ||
	[ "$WORK/build/$flavour/complete" -nt "$out" ] || exit 0
echo "e2e: initramfs for $flavour" >&2
rm -rf "$root"
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/tmp" "$root/ko" "$root/lib"
install -m 755 "$here/init" "$root/init"
install -m 755 "$sys/user/bin/busybox" "$root/bin/busybox"

# Userspace: iptables (legacy) and whatever it and its extensions need.
install -m 755 "$sys/user/usr/sbin/xtables-legacy-multi" "$root/bin/xtables-legacy-multi"
ln -s xtables-legacy-multi "$root/bin/iptables"
xt=$(cd "$sys/user" && echo usr/lib/*/xtables)
mkdir -p "$root/$xt"
for e in libxt_tcp libxt_connlimit libxt_standard libipt_REJECT; do
	cp "$sys/user/$xt/$e.so" "$root/$xt"
done
needs() { # the file, then all libraries it needs, each once
	for l in $(objdump -p "$1" | sed -n 's/.*NEEDED *//p'); do
		[ ! -e "$root/lib/$l" ] || continue
		f=$(find "$sys/user/lib" "$sys/user/usr/lib" -name "$l" | head -1)
		[ -n "$f" ] || { echo "e2e: error: no $l for $flavour" >&2; exit 1; }
		cp -L "$f" "$root/lib/$l"
		needs "$f"
	done
}
for f in "$root/bin/xtables-legacy-multi" "$root/$xt"/*.so; do
	needs "$f"
done
# The loader stands where the programs name it; all libraries lie in /lib, which it searches.
loader=$(cd "$sys/user" && find lib lib64 -name 'ld-linux*.so.*' 2>/dev/null | head -1)
[ -n "$loader" ] || { echo "e2e: error: no loader for $flavour" >&2; exit 1; }
for p in lib lib64; do
	mkdir -p "$root/$p"
	cp -L "$sys/user/$loader" "$root/$p/${loader##*/}"
done

# Kernel modules: what the story names, and what those need. crc32c is a soft dependency.
modules="virtio_pci virtio_net netconsole crc32c_generic libcrc32c nf_conntrack x_tables ip_tables
	iptable_filter xt_tcpudp ipt_REJECT"
for m in $modules; do
	modprobe -d "$sys/kernel" -S "$rel" --show-depends "$m" 2>/dev/null || true
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r ko; do
	to=$root/lib/modules/$rel/${ko#"$sys/kernel/lib/modules/$rel/"}
	mkdir -p "${to%/*}"
	cp "$ko" "${to%/*}"
done
find "$root/lib/modules" -name '*.ko.xz' -exec xz -d {} +
cp "$sys/kernel/lib/modules/$rel/modules.builtin" "$sys/kernel/lib/modules/$rel/modules.order" "$root/lib/modules/$rel"
depmod -b "$root" "$rel" 2>&1 | grep -v modules.builtin.modinfo >&2 || true

# Ours. The debug sections stay with the build.
strip=strip
case $flavour in arm64) strip=aarch64-linux-gnu-strip ;; esac
$strip -g -o "$root/ko/ipt_connlimit_natural.ko" "$WORK/build/$flavour/ipt_connlimit/ipt_connlimit.ko"
$strip -g -o "$root/ko/ipt_connlimit_r.ko" "$WORK/build/$flavour/ipt_connlimit_r/ipt_connlimit.ko"
$strip -g -o "$root/ko/menagerie.ko" "$WORK/build/$flavour/menagerie/menagerie.ko"

(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet | gzip -n -6 >"$out.new")
mv "$out.new" "$out"
