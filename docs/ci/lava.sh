#!/bin/sh
# After a test run of LAVA, tuxrun or KernelCI: lava.sh LOG [RESULTS]. The log is what the run printed, as text or as
# LAVA's YAML (tuxrun --log-file, lavacli jobs logs); RESULTS is the folder for the reports, by default the log's own.
# The exit status is 0 without a crash, 1 with one, 2 where the log can't be read.
set -eu
log=$1
results=${2:-$(dirname -- "$log")}
mkdir -p -- "$results"
exec nfoops scan -o plain=- -o "junit=$results/crashes.xml" -o "jsonl=$results/crashes.jsonl" -- "$log"
