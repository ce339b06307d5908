import { basename } from "node:path";
import type { HeatmapCodec } from "../../datasets/codecs/heatmap-codec.ts";
import { DEFAULT_PADDING } from "../../datasets/crop/crop-geometry.ts";
import type { Engine } from "../engine/engine.ts";
import type { LoadedNetwork } from "./load-network.ts";
import { NMS_THRESHOLD, type NmsOptions } from "./oks-nms.ts";
import { type PoseNetwork, SCORE_THRESHOLD } from "./pose-network.ts";

/** Everything beside the network that moves an AP, for people to read: what two numbers must share to be compared. */
export interface InferenceSettings {
  readonly images: string;
  readonly boxes: string;
  readonly input: string;
  readonly flipTest: string;
  readonly decoding: string;
  readonly rescoring: string;
  readonly nms: string;
  readonly area: string;
  /** Which weights, where that is not said elsewhere. */
  readonly checkpoint?: string;
  /** What computed, where that is not said elsewhere. */
  readonly engine?: string;
}

const DECODING: Readonly<Record<HeatmapCodec["name"], string>> = {
  gaussian: "highest cell, moved a quarter towards its higher neighbour",
  dark: "DARK: Taylor expansion about the highest cell of the smoothed heatmap",
  udp: "UDP: unbiased grid, Taylor expansion about the highest cell",
};

/** @param options How the results were made; `images` and `boxes` as they are to be read. */
export function describeSettings(
  { codec, padding = DEFAULT_PADDING }: PoseNetwork,
  options: {
    readonly images: string;
    readonly boxes: string;
    readonly flipTest: boolean;
    readonly nms: NmsOptions;
    readonly withBox: boolean;
  },
): InferenceSettings {
  const { images, boxes, flipTest, nms, withBox } = options;
  const [height, width] = codec.grid.inputSize;
  const [h, w] = codec.grid.heatmapSize;
  return {
    images,
    boxes,
    input: `${height}x${width}, heatmaps ${h}x${w}, box padded by ${padding} to the input's aspect`,
    flipTest: flipTest ? `on, mirrored heatmaps moved ${codec.flipShift} cell` : "off",
    decoding: `${codec.name}: ${DECODING[codec.name] ?? "as the codec has it"}`,
    rescoring: `box score x mean of the keypoint scores above ${SCORE_THRESHOLD}`,
    nms: describeNms(nms),
    area: withBox ? "each result's box" : "extent of each result's keypoints (results have no box)",
  };
}

function describeNms({ kind = "hard", threshold = NMS_THRESHOLD }: NmsOptions): string {
  return kind === "none" ? "none" : `${kind} OKS-NMS at ${threshold}`;
}

/** What the package ships goes by its name, not by where the package lies. */
export function describeCheckpoint({ checkpoint, folder, info, sha256 }: LoadedNetwork): string {
  const called = folder === undefined ? basename(checkpoint, ".safetensors") : checkpoint;
  return `${called} (${info.model.name}, epoch ${info.epoch}, step ${info.step}, sha256 ${sha256.slice(0, 12)})`;
}

export function describeEngine({ name, tensorflow, reason }: Engine): string {
  return `${[name, tensorflow].filter(Boolean).join(" ")} (${reason})`;
}

const NAMES: Readonly<Record<keyof InferenceSettings, string>> = {
  images: "images",
  boxes: "boxes",
  input: "input",
  flipTest: "flip test",
  decoding: "decoding",
  rescoring: "rescoring",
  nms: "NMS",
  area: "area",
  checkpoint: "checkpoint",
  engine: "engine",
};

/** The settings in order: a name and what holds. */
export function settingFacts(settings: InferenceSettings): [name: string, fact: string][] {
  return Object.entries(NAMES).flatMap(([key, name]) => {
    const fact = settings[key as keyof InferenceSettings];
    return fact === undefined ? [] : [[name, fact]];
  });
}
