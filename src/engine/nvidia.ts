import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the kernel driver shows itself, natively and in containers. */
const DRIVER = "/proc/driver/nvidia";
/** Where Windows puts the driver's library under WSL, which has no such folder. */
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
