import { type Engine, type EngineChoice, loadEngine } from "../src/engine/load-engine.ts";

/** Loads the engine that the tests run on: the one named by DYPOSE_ENGINE, else the best. */
export function testEngine(): Promise<Engine> {
  return loadEngine((process.env["DYPOSE_ENGINE"] ?? "auto") as EngineChoice);
}
