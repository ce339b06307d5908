/** What a run tells while it goes: records of steps and scores, for its files, the screen and the report. */
import type { AttentionSummary } from "../nn/attention.ts";

/** One line of a run's `metrics.jsonl`. */
export type RunRecord = StepRecord | ValidationRecord | AttentionRecord;

export interface StepRecord {
  readonly kind: "step";
  /** 1 after the first update. */
  readonly step: number;
  /** Counts from 0; with its fraction done. */
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly temperature: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** Whether loss or gradient was not finite, and nothing was learnt. */
  readonly skipped: boolean;
  readonly imagesPerSecond: number;
  /** Share of the step's time spent waiting for data. */
  readonly waitShare: number;
}

export interface ValidationRecord {
  readonly kind: "validation";
  readonly step: number;
  readonly epoch: number;
  readonly scores: Scores;
  readonly isBest: boolean;
  readonly seconds: number;
}

/** How the dynamic convolutions mix their kernels on the first batch of the validation split. */
export interface AttentionRecord {
  readonly kind: "attention";
  readonly step: number;
  readonly epoch: number;
  /** In the model's order. */
  readonly layers: readonly AttentionSummary[];
}

/** Numbers by name, the larger the better. The first decides which weights are the best. */
export type Scores = Readonly<Record<string, number>>;

/** The number that decides, and its name. */
export function mainScore(scores: Scores): [name: string, value: number] {
  return Object.entries(scores)[0] ?? ["score", Number.NEGATIVE_INFINITY];
}

/** A PNG or JPEG file's bytes. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** Is told of everything as it happens in a run. Awaited, so that files and screen keep its order. */
export interface RunObserver {
  record?(record: RunRecord): void | Promise<void>;
  /** Something worth a line: a checkpoint, a step skipped. */
  notice?(message: string): void | Promise<void>;
  /** A picture of what the network finds at this step. */
  picture?(tag: string, step: number, picture: EncodedImage): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** All observers of a run as one. */
export type Journal = Required<RunObserver>;

export function allOf(observers: readonly RunObserver[]): Journal {
  return {
    async record(record) {
      for (const observer of observers) await observer.record?.(record);
    },
    async notice(message) {
      for (const observer of observers) await observer.notice?.(message);
    },
    async picture(tag, step, picture) {
      for (const observer of observers) await observer.picture?.(tag, step, picture);
    },
    async close() {
      for (const observer of observers) await observer.close?.();
    },
  };
}
