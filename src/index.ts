/** What `import … from "dypose"` gives: networks, training, inference. Evaluation alone is in `dypose/eval`, layers in `dypose/layers`. */
export type { Box } from "../datasets/crop/crop-geometry.ts";
export type { Skeleton } from "../eval/skeletons/skeleton.ts";
export { type Config, type ConfigInput, configSchema } from "./config/schema.ts";
export { loadNanodet, type NanodetOptions } from "./detect/load-nanodet.ts";
export type { DetectPersonsOptions, PersonBox, PersonDetector } from "./detect/person-detector.ts";
export { inTiles, type TileOptions } from "./detect/tiles.ts";
export type { Engine, EngineChoice, EngineName } from "./engine/engine.ts";
export { loadEngine } from "./engine/load-engine.ts";
export type { DetectOptions, Pose, PoseKeypoint } from "./infer/detect-poses.ts";
export type { FindOptions } from "./infer/find-persons.ts";
export { PosePredictor, type PredictorOptions, type TrackOptions } from "./infer/pose-predictor.ts";
export { buildModel } from "./models/build-model.ts";
export type { ModelSpec } from "./models/model-spec.ts";
export { summarizeModel } from "./models/summarize-model.ts";
export { dynamicLayers, setTemperature, temperatureOf } from "./nn/attention.ts";
export type { TimedImage, Tracked, TrackedFrame } from "./track/track-poses.ts";
