import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineName } from "./engine.ts";

/** The fastest engine that this machine could run, installed or not, and why. */
export function bestEngine(): { name: EngineName; reason: string } {
  if (platformName() !== TENSORFLOW_PLATFORM) {
    return { name: "wasm", reason: `TensorFlow's wheels do not serve ${platformName()}` };
  }
  if (hasNvidiaGpu()) return { name: "tensorflow-gpu", reason: "there is an NVIDIA GPU" };
  return { name: "tensorflow", reason: "there is no NVIDIA GPU" };
}

/** The platform that TensorFlow's wheels serve. */
export const TENSORFLOW_PLATFORM = "linux-x64";

/** This platform, such as `linux-x64`; another C library than glibc is part of the name. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  const isMusl = existsSync("/lib/ld-musl-x86_64.so.1") && !existsSync("/lib64/ld-linux-x86-64.so.2");
  return isMusl ? `${name}-musl` : name;
}

/** The kernel driver's folder, natively and in containers. */
const DRIVER = "/proc/driver/nvidia";
/** The driver's library under WSL, which has no such folder. */
const WSL_DRIVER = "/usr/lib/wsl/lib/libcuda.so.1";

/** Whether there is an NVIDIA GPU with its driver. */
export function hasNvidiaGpu(): boolean {
  return existsSync(join(DRIVER, "version")) || existsSync(WSL_DRIVER);
}

/** Models of the NVIDIA GPUs that the driver knows. */
export function nvidiaGpus(): string[] {
  const folder = join(DRIVER, "gpus");
  if (!existsSync(folder)) return hasNvidiaGpu() ? ["NVIDIA GPU"] : [];
  return readdirSync(folder).map((gpu) => {
    const information = readFileSync(join(folder, gpu, "information"), "utf8");
    return /^Model:\s*(.+)$/m.exec(information)?.[1]?.trim() ?? "NVIDIA GPU";
  });
}
