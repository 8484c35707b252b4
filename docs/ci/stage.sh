#!/bin/sh
# A stage of Spark's pipe(), or of anything that runs a command on lines. stage.sh scan reads names of logs, one a line,
# and prints reports, one a line; stage.sh merge reads reports and prints them joined. FETCH is the command that prints
# the log of a name, such as "aws s3 cp --quiet" with "-" behind the name, or zcat.
set -eu
case $1 in
scan)
	log=$(mktemp)
	trap 'rm -f -- "$log"' EXIT
	while IFS= read -r name; do
		${FETCH:-cat --} "$name" ${FETCH_TO:-} >"$log" # what can't be fetched fails the stage, so that it is tried again
		nfoops scan -q --fail-on never -f jsonl --stdin-name "$name" - <"$log" ||
			echo "stage.sh: $name: not, or not wholly, read" >&2
	done
	;;
merge) exec nfoops scan -q --fail-on never --merge - ;;
*) exit 2 ;;
esac
