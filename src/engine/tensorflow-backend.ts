import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { bindingPath } from "./engine-folder.ts";
import { restoreNodeUtil } from "./node-shims.ts";

const require = createRequire(import.meta.url);
const PACKAGE = "@tensorflow/tfjs-node-gpu";

/** The functions of the compiled binding that the engine itself uses. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/**
 * Loads the TensorFlow in `folder` and registers it with tfjs as the backend "tensorflow". A process can load
 * one TensorFlow only.
 *
 * The package's own entry point is not used: it looks for a binding inside node_modules.
 */
export function registerTensorflow(folder: string): Binding {
  restoreNodeUtil();
  const addon = { exports: {} as Binding };
  process.dlopen(addon, bindingPath(folder));
  const { NodeJSKernelBackend } = require(`${PACKAGE}/dist/nodejs_kernel_backend`);
  require(`${PACKAGE}/dist/register_all_kernels`);
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(addon.exports, PACKAGE), 3);
  return addon.exports;
}
