"""The PyTorch side of bench/loader.ts: HRNet's data path with OpenCV, in a DataLoader.

Usage: loader_torch.py JOB.json, where the job is {samples: [{path, box, keypoints}], batchSize, workers, epochs,
inputSize, heatmapSize}. Prints one JSON line: images per second of each epoch after the first, processor time per image
over all of them (of this process and its workers, imports left out), the versions.

The steps are HRNet's (lib/dataset/JointsDataset.py at 6f69e46): imread without orientation, BGR to RGB, the recipe's
scale, rotation, half body and flip, warpAffine, to float, normalise, a Gaussian per joint. Written afresh, with its
loops over pixels in numpy and torch. One OpenCV and one torch thread a process, as is usual for data workers.
"""

import json
import math
import random
import resource
import sys
import time

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
FLIP_PAIRS = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14], [15, 16]]
UPPER = list(range(11))
SIGMA = 2
RADIUS = 3 * SIGMA


class Persons(Dataset):
    def __init__(self, job):
        self.samples = job["samples"]
        self.height, self.width = job["inputSize"]
        self.rows, self.columns = job["heatmapSize"]
        self.aspect = self.width / self.height

    def __len__(self):
        return len(self.samples)

    def region(self, x, y, w, h, padding):
        full = max(w, h * self.aspect)
        return np.array([x + w / 2, y + h / 2]), np.array([full, full / self.aspect]) * padding

    def half_body(self, joints):
        labelled = joints[joints[:, 2] > 0]
        if len(labelled) <= 8 or random.random() >= 0.3:
            return None
        upper = joints[UPPER][joints[UPPER, 2] > 0]
        lower = joints[11:][joints[11:, 2] > 0]
        chosen = upper if random.random() < 0.5 and len(upper) > 2 else (lower if len(lower) > 2 else upper)
        if len(chosen) < 2:
            return None
        x, y = chosen[:, :2].min(axis=0)
        w, h = chosen[:, :2].max(axis=0) - [x, y]
        return self.region(x, y, w, h, 1.5) if w > 0 and h > 0 else None

    def matrix(self, center, scale, rotation):
        ratio = self.width / scale[0]
        a, b = ratio * math.cos(rotation), ratio * math.sin(rotation)
        return np.array(
            [
                [a, b, self.width / 2 - a * center[0] - b * center[1]],
                [-b, a, self.height / 2 + b * center[0] - a * center[1]],
            ]
        )

    def target(self, joints):
        target = np.zeros((len(joints), self.rows, self.columns), np.float32)
        weight = (joints[:, 2] > 0).astype(np.float32)
        axis = np.arange(0, 2 * RADIUS + 1, 1, np.float32)
        stamp = np.exp(-((axis - RADIUS) ** 2 + (axis[:, None] - RADIUS) ** 2) / (2 * SIGMA**2))
        for k in range(len(joints)):
            column = int(math.floor(joints[k, 0] * self.columns / self.width + 0.5))
            row = int(math.floor(joints[k, 1] * self.rows / self.height + 0.5))
            left, right = max(0, column - RADIUS), min(self.columns, column + RADIUS + 1)
            top, bottom = max(0, row - RADIUS), min(self.rows, row + RADIUS + 1)
            if left >= right or top >= bottom:
                weight[k] = 0
            if weight[k] > 0:
                target[k, top:bottom, left:right] = stamp[
                    top - row + RADIUS : bottom - row + RADIUS, left - column + RADIUS : right - column + RADIUS
                ]
        return torch.from_numpy(target), torch.from_numpy(weight)

    def __getitem__(self, index):
        sample = self.samples[index]
        image = cv2.imread(sample["path"], cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        joints = np.array(sample["keypoints"], np.float64).reshape(-1, 3)
        center, scale = self.half_body(joints) or self.region(*sample["box"], 1.25)
        scale = scale * np.clip(random.gauss(1, 0.35), 0.65, 1.35)
        rotation = np.clip(random.gauss(0, 1), -2, 2) * math.pi / 4 if random.random() < 0.6 else 0
        if random.random() < 0.5:
            image = image[:, ::-1]
            joints[:, 0] = image.shape[1] - 1 - joints[:, 0]
            center[0] = image.shape[1] - 1 - center[0]
            for left, right in FLIP_PAIRS:
                joints[[left, right]] = joints[[right, left]]
        matrix = self.matrix(center, scale, rotation)
        crop = cv2.warpAffine(image, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR)
        joints[:, :2] = joints[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        pixels = torch.from_numpy(crop).permute(2, 0, 1).float().div_(255).sub_(MEAN).div_(STD)
        return pixels, *self.target(joints)


def start_worker(_):
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def cpu_seconds():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    loader = DataLoader(
        Persons(job),
        batch_size=job["batchSize"],
        shuffle=True,
        num_workers=job["workers"],
        persistent_workers=job["workers"] > 0,
        worker_init_fn=start_worker,
    )
    if job["workers"] == 0:
        start_worker(0)
    rates = []
    before = cpu_seconds()
    for _ in range(job["epochs"] + 1):
        started = time.perf_counter()
        count = sum(len(weights) for _, _, weights in loader)
        rates.append(count / (time.perf_counter() - started))
    del loader  # Ends the workers: only then their time is counted.
    cpu_ms = 1000 * (cpu_seconds() - before) / (len(job["samples"]) * len(rates))
    print(json.dumps({"rates": rates[1:], "cpuMs": cpu_ms, "torch": torch.__version__, "opencv": cv2.__version__}))


if __name__ == "__main__":
    main()
