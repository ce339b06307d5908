import type { Engine, EngineChoice } from "../src/engine/engine.ts";
import { loadEngine } from "../src/engine/load-engine.ts";

/** The engine that the tests run on: DYPOSE_ENGINE, or the best one that works. */
export const TEST_ENGINE = (process.env["DYPOSE_ENGINE"] ?? "auto") as EngineChoice;

/** Loads {@link TEST_ENGINE}. */
export function testEngine(): Promise<Engine> {
  return loadEngine(TEST_ENGINE);
}
