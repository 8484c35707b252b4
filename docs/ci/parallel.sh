#!/bin/sh
# All logs below a folder, on all processors, each crash once: parallel.sh FOLDER [JOBS]. One line a crash is printed,
# the most frequent first. nfoops scan takes folders itself; this shows how scans of parts meet.
set -eu
folder=$1
jobs=${2:-$(nproc)}
parts=$(mktemp -d)
trap 'rm -rf -- "$parts"' EXIT
export parts
# Each process scans 100 files and writes a part of its own. Status 1 would end xargs: --fail-on never.
find "$folder" -type f -print0 |
	xargs -0 -r -n 100 -P "$jobs" sh -c '
		nfoops scan -q --fail-on never -f jsonl -o "$(mktemp -p "$parts")" -- "$@"
	' scan
nfoops scan --merge -f plain -- "$parts"
