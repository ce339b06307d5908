import type { EngineName } from "./engine.ts";
import { hasNvidiaGpu } from "./nvidia.ts";
import { platformName, TENSORFLOW_PLATFORM } from "./platform.ts";

/** The fastest engine that this machine could run, installed or not, and why. */
export function bestEngine(): { name: EngineName; reason: string } {
  if (platformName() !== TENSORFLOW_PLATFORM) {
    return { name: "wasm", reason: `TensorFlow's wheels do not serve ${platformName()}` };
  }
  if (hasNvidiaGpu()) return { name: "tensorflow-gpu", reason: "there is an NVIDIA GPU" };
  return { name: "tensorflow", reason: "there is no NVIDIA GPU" };
}
