import type { EngineName } from "./engine.ts";
import { hasNvidiaGpu } from "./nvidia.ts";

/** The fastest engine that this machine could run, installed or not, and why. */
export function bestEngine(): { name: EngineName; reason: string } {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== "linux-x64")
    return { name: "wasm", reason: `TensorFlow's wheels do not serve ${platform}` };
  if (hasNvidiaGpu()) return { name: "tensorflow-gpu", reason: "there is an NVIDIA GPU" };
  return { name: "tensorflow", reason: "there is no NVIDIA GPU" };
}
