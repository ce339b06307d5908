import * as tf from "@tensorflow/tfjs-core";
import { conv2dBackpropFilter } from "./conv2d-backprop-filter.ts";
import { conv2dBackpropInput } from "./conv2d-backprop-input.ts";
import { depthwiseConv2dBackpropFilter } from "./depthwise-conv2d-backprop-filter.ts";
import { depthwiseConv2dBackpropInput } from "./depthwise-conv2d-backprop-input.ts";
import { unsortedSegmentSum } from "./unsorted-segment-sum.ts";

/** Gives tfjs's WebAssembly backend the kernels that training needs: four it lacks and one that it has slow. */
export function registerTrainingKernels(): void {
  tf.unregisterKernel(tf.Conv2DBackpropInput, "wasm");
  tf.registerKernel(conv2dBackpropInput);
  tf.registerKernel(conv2dBackpropFilter);
  tf.registerKernel(depthwiseConv2dBackpropInput);
  tf.registerKernel(depthwiseConv2dBackpropFilter);
  tf.registerKernel(unsortedSegmentSum);
}
