import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** What bounds the number of threads that can run at once. */
interface CpuLimits {
  /** Processors that this process may run on. */
  readonly allowed: readonly number[];
  /** The processors that share a core with a processor, itself among them. */
  readonly siblings: (cpu: number) => readonly number[];
  /** Processors' worth of time the control group grants, if it grants a limited amount. */
  readonly quota?: number | undefined;
}

/**
 * Threads an engine uses unless told otherwise: one for each physical core that taskset and the control group allow.
 * Two threads on one core share its vector units, which a convolution keeps busy by itself.
 *
 * `DYPOSE_THREADS` sets another number.
 */
export function defaultThreads(env: NodeJS.ProcessEnv = process.env): number {
  const chosen = env["DYPOSE_THREADS"];
  if (chosen === undefined || chosen === "") return coresWithin(readCpuLimits());
  const threads = Number(chosen);
  if (!(Number.isInteger(threads) && threads >= 1)) {
    throw new RangeError(`DYPOSE_THREADS: expected a whole number of threads from 1, got "${chosen}"`);
  }
  return threads;
}

/** Number of physical cores within the limits, at least 1. */
export function coresWithin({ allowed, siblings, quota }: CpuLimits): number {
  const cores = new Set(allowed.map((cpu) => Math.min(...siblings(cpu), cpu)));
  const granted = quota === undefined ? cores.size : Math.min(cores.size, Math.ceil(quota));
  return Math.max(1, granted);
}

/** The numbers in a kernel list such as `0-3,8`. */
export function parseCpuList(list: string): number[] {
  return list
    .trim()
    .split(",")
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function readCpuLimits(): CpuLimits {
  const status = readText("/proc/self/status") ?? "";
  const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(status)?.[1];
  const allowed = list ? parseCpuList(list) : Array.from({ length: availableParallelism() }, (_, cpu) => cpu);
  const siblings = (cpu: number) => {
    const shared = readText(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`);
    return shared ? parseCpuList(shared) : [cpu];
  };
  return { allowed, siblings, quota: readQuota() };
}

/** The tightest CPU quota of this process's control group (version 2 or 1) and those above it. */
function readQuota(): number | undefined {
  const groups = readText("/proc/self/cgroup") ?? "";
  const path = /^0::(.*)$/m.exec(groups)?.[1] ?? "/";
  const quotas = ancestors(path).flatMap((group) => {
    const [time, period] = readText(`/sys/fs/cgroup${group}/cpu.max`)?.trim().split(" ").map(Number) ?? [];
    return time && period ? [time / period] : [];
  });
  const time = Number(readText("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  const period = Number(readText("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  if (time > 0 && period > 0) quotas.push(time / period);
  return quotas.length > 0 ? Math.min(...quotas) : undefined;
}

/** `/a/b` gives `/a/b`, `/a` and the root, which is empty. */
function ancestors(path: string): string[] {
  const names = path.split("/").filter(Boolean);
  return Array.from({ length: names.length + 1 }, (_, depth) =>
    names
      .slice(0, names.length - depth)
      .map((name) => `/${name}`)
      .join(""),
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
