/**
 * What a step learns from: a loader's batch as images and the objective's targets. B samples; the arrays may be reused
 * once the next batch is asked for.
 */
export interface TrainingBatch {
  /** B. */
  readonly size: number;
  /** [B, H, W, 3], normalised, row-major. */
  readonly images: Float32Array;
  /** What the loss compares the output with, [B, …] each, in the objective's order. */
  readonly targets: readonly Float32Array[];
  readonly imageIds: readonly number[];
  /** Of the persons, where the samples are persons. */
  readonly annotationIds: readonly number[];
  /** Time the step had to wait for this batch, milliseconds. */
  readonly waitedMs: number;
}

/** Batches by their position: the same epoch and start always give the same ones. */
export interface BatchSource {
  /** Batches in a whole epoch. */
  readonly stepsPerEpoch: number;
  epoch(epoch: number, firstBatch?: number): AsyncIterable<TrainingBatch>;
}

/**
 * The rest of an epoch in groups of batches, each group to be used up before the next. Nothing is fetched before a
 * group is read, so that the reader's clock includes the time it takes.
 */
export async function* groupBatches(
  source: BatchSource,
  epoch: number,
  firstBatch: number,
  groupSize: number,
): AsyncGenerator<AsyncIterable<TrainingBatch>> {
  const batches = source.epoch(epoch, firstBatch)[Symbol.asyncIterator]();
  try {
    for (let at = firstBatch; at < source.stepsPerEpoch; at += groupSize) {
      yield take(batches, Math.min(groupSize, source.stepsPerEpoch - at));
    }
  } finally {
    await batches.return?.();
  }
}

async function* take(batches: AsyncIterator<TrainingBatch>, count: number): AsyncGenerator<TrainingBatch> {
  for (let i = 0; i < count; i++) {
    const { value, done } = await batches.next();
    if (done) return;
    yield value;
  }
}
