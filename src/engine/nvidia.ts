import { existsSync } from "node:fs";

/** Whether the NVIDIA kernel driver is loaded (natively, in a container or under WSL). */
export function hasNvidiaGpu(): boolean {
  return existsSync("/proc/driver/nvidia/version") || existsSync("/usr/lib/wsl/lib/libcuda.so.1");
}
