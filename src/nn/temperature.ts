import type { LayersModel } from "@tensorflow/tfjs-layers";
import { DynamicConv2D, DynamicConv2DTranspose } from "./layers/dynamic-conv2d.ts";

type DynamicLayer = DynamicConv2D | DynamicConv2DTranspose;

/** The dynamic convolutions of a model, in the order of its layers. */
export function dynamicLayers(model: LayersModel): DynamicLayer[] {
  return model.layers.filter(
    (layer): layer is DynamicLayer =>
      layer instanceof DynamicConv2D || layer instanceof DynamicConv2DTranspose,
  );
}

/** Sets the one temperature all dynamic convolutions of a model share. */
export function setTemperature(model: LayersModel, temperature: number): void {
  for (const layer of dynamicLayers(model)) layer.temperature = temperature;
}

/** The temperature of a model's dynamic convolutions; undefined where it has none. */
export function temperatureOf(model: LayersModel): number | undefined {
  return dynamicLayers(model)[0]?.temperature;
}
