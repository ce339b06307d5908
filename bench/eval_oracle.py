"""What pycocotools takes: python eval_oracle.py score GT DT | index GT. Prints one JSON line.

Seconds of each step as [wall clock, processor], and the peak of memory in KiB.
"""

import contextlib
import io
import json
import resource
import sys
import time

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

took = {}


@contextlib.contextmanager
def timed(name):
    wall, cpu = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    took[name] = [time.perf_counter() - wall, time.process_time() - cpu]


def score(truth_file, results_file):
    with timed("truth"):
        truth = COCO(truth_file)
    with timed("results"):
        results = truth.loadRes(results_file)
    evaluation = COCOeval(truth, results, "keypoints")
    with timed("evaluate"):
        evaluation.evaluate()
    with timed("accumulate"):
        evaluation.accumulate()
    with timed("summarize"):
        evaluation.summarize()
    return {"stats": evaluation.stats.tolist()}


def index(truth_file):
    with timed("truth"):
        COCO(truth_file)
    return {}


report = {"score": score, "index": index}[sys.argv[1]](*sys.argv[2:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({**report, "seconds": took, "cpu": time.process_time(), "peakKiB": peak}))
