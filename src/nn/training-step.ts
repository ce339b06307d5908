import type { LayersModel } from "@tensorflow/tfjs-layers";
import { Dropout } from "./layers/dropout.ts";

/** Says to what is random in a model that a step of its training begins: the same step draws the same numbers. */
export function startTrainingStep(model: LayersModel, step: number): void {
  for (const layer of model.layers) if (layer instanceof Dropout) layer.startStep(step);
}
