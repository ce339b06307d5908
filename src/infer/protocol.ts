import type { HeatmapCodec } from "../../datasets/codecs/heatmap-codec.ts";
import { DEFAULT_PADDING } from "../../datasets/crop/crop-geometry.ts";
import type { Engine } from "../engine/engine.ts";
import type { LoadedNetwork } from "./load-network.ts";
import { NMS_THRESHOLD, type NmsOptions } from "./oks-nms.ts";
import { SCORE_THRESHOLD } from "./pose-network.ts";

/** Everything beside the network that moves an AP: what two numbers must share to be compared. */
export interface Protocol {
  readonly images: string;
  readonly boxes: string;
  readonly input: string;
  readonly flipTest: string;
  readonly decoding: string;
  readonly rescoring: string;
  readonly nms: string;
  readonly area: string;
  readonly checkpoint: string;
  readonly engine: string;
}

export interface ProtocolFacts {
  readonly images: string;
  readonly boxes: string;
  readonly network: LoadedNetwork;
  readonly flipTest: boolean;
  readonly nms: NmsOptions;
  readonly withBox: boolean;
  readonly engine: Engine;
}

const DECODING: Readonly<Record<HeatmapCodec["name"], string>> = {
  gaussian: "highest cell, moved a quarter towards its higher neighbour",
  dark: "DARK: Taylor expansion about the highest cell of the smoothed heatmap",
  udp: "UDP: unbiased grid, Taylor expansion about the highest cell",
};

export function describeProtocol(facts: ProtocolFacts): Protocol {
  const { network, flipTest, nms, withBox } = facts;
  const { codec, info } = network;
  const [height, width] = codec.grid.inputSize;
  const [h, w] = codec.grid.heatmapSize;
  return {
    images: facts.images,
    boxes: facts.boxes,
    input: `${height}x${width}, heatmaps ${h}x${w}, box padded by ${network.padding ?? DEFAULT_PADDING} to the input's aspect`,
    flipTest: flipTest ? `on, mirrored heatmaps moved ${codec.flipShift} cell` : "off",
    decoding: `${codec.name}: ${DECODING[codec.name] ?? "as the codec has it"}`,
    rescoring: `box score x mean of the keypoint scores above ${SCORE_THRESHOLD}`,
    nms: describeNms(nms),
    area: withBox ? "each result's box" : "extent of each result's keypoints (results have no box)",
    checkpoint: `${network.checkpoint} (${info.model.name}, epoch ${info.epoch}, step ${info.step}, sha256 ${network.sha256.slice(0, 12)})`,
    engine: describeEngine(facts.engine),
  };
}

function describeNms({ kind = "hard", threshold = NMS_THRESHOLD }: NmsOptions): string {
  return kind === "none" ? "none" : `${kind} OKS-NMS at ${threshold}`;
}

function describeEngine({ name, tensorflow, reason }: Engine): string {
  return `${[name, tensorflow].filter(Boolean).join(" ")} (${reason})`;
}

const NAMES: Readonly<Record<keyof Protocol, string>> = {
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

/** The protocol for people to read: a name and what holds. */
export function protocolFacts(protocol: Protocol): [name: string, fact: string][] {
  return Object.entries(NAMES).map(([key, name]) => [name, protocol[key as keyof Protocol]]);
}
