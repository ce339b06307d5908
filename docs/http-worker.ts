/**
 * The process that computes for http-server.ts: TensorFlow keeps a thread busy for the whole of a picture, during which a
 * server in the same process could not answer anybody. One picture at a time, in the order they come.
 */
import { type EngineChoice, PosePredictor } from "dypose";
import type { Answer, Question } from "./http-server.ts";

/** Where the server lets its last pictures come to an end, Ctrl-C in a terminal reaches this process as well. */
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());

const predictor = await PosePredictor.load(process.env["DYPOSE_WEIGHTS"], {
  engine: (process.env["DYPOSE_ENGINE"] ?? "auto") as EngineChoice,
});
// Loads the detector too: what is wrong shows at the start, and the first picture does not wait for it.
await predictor.detect({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) });

let previous: Promise<unknown> = Promise.resolve();
process.on("message", ({ id, image }: Question) => {
  previous = previous
    .then(() => predictor.detect(image))
    .then((poses) => answer({ id, poses }))
    .catch((error: Error) => answer({ id, error: error.message }));
});
answer("ready");

function answer(message: Answer): void {
  process.send?.(message);
}
