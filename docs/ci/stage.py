"""The stage for engines without pipe(): generators over names of logs and over reports, one a line.

Spark:  keys.mapPartitions(stage.scan).mapPartitions(stage.merge).coalesce(1).mapPartitions(stage.merge)
        or keys.pipe("sh stage.sh scan").coalesce(1).pipe("sh stage.sh merge")
Beam:   keys | beam.BatchElements() | beam.FlatMap(stage.scan), then a CombineGlobally whose
        extract_output calls stage.merge: merging is associative and knows no order
Flink:  stream.map_partition / process functions that call stage.scan and stage.merge
"""

import os
import subprocess

STAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stage.sh")


def _pipe(verb, lines):
    text = "".join(line.rstrip("\n") + "\n" for line in lines)
    done = subprocess.run(["sh", STAGE, verb], input=text, stdout=subprocess.PIPE, check=True, text=True)
    return iter(done.stdout.splitlines())


def scan(names):
    """Reports of the logs with these names."""
    return _pipe("scan", names)


def merge(reports):
    """The reports of each fingerprint as one, with their count."""
    return _pipe("merge", reports)
