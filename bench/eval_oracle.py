"""What pycocotools takes, in seconds and KiB: python eval_oracle.py score GT DT | index GT. Prints one JSON line."""

import contextlib
import io
import json
import resource
import sys
import time

begin = time.perf_counter()
from pycocotools.coco import COCO  # noqa: E402
from pycocotools.cocoeval import COCOeval  # noqa: E402

took = {"import": time.perf_counter() - begin}


@contextlib.contextmanager
def timed(name):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    took[name] = time.perf_counter() - start


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
print(json.dumps({**report, "seconds": took, "peakKiB": peak}))
