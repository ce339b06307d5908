import { existsSync, readdirSync, readFileSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { hasTfjsNode, TFJS_NODE } from "./tfjs-node.ts";

/** What a TensorFlow library was built for; the GPU one also runs without a GPU. */
export type Device = "cpu" | "gpu";

/** An installed TensorFlow library with the binding compiled for it. */
export interface InstalledEngine {
  readonly folder: string;
  readonly tensorflow: string;
  readonly device: Device;
}

const manifestSchema = z.object({ tensorflow: z.string(), device: z.enum(["cpu", "gpu"]) });

/** dypose's cache folder, where the XDG base directory specification wants it: `~/.cache/dypose` by default. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  // The specification says to ignore a relative path.
  return join(base && isAbsolute(base) ? base : join(homedir(), ".cache"), "dypose");
}

export function enginesFolder(): string {
  return join(cacheFolder(), "engines");
}

/** Where an engine lives: one folder for each TensorFlow version, device and ABI. */
export function engineFolder(tensorflow: string, device: Device): string {
  return join(
    enginesFolder(),
    `tensorflow-${tensorflow}-${device}-${process.platform}-${process.arch}-napi8`,
  );
}

/** The compiled binding; its name holds the version of its sources, so that an update compiles anew. */
export function bindingPath(folder: string): string {
  return join(folder, `tfjs_binding-${TFJS_NODE.version}.node`);
}

export function manifestPath(folder: string): string {
  return join(folder, "engine.json");
}

/** Whether the TensorFlow library in `folder` is complete (its manifest is written last). */
export function hasLibrary(folder: string): boolean {
  return readManifest(folder) !== undefined;
}

/** Every complete engine in the cache for this machine, newest TensorFlow first. */
export function installedEngines(): InstalledEngine[] {
  const suffix = `-${process.platform}-${process.arch}-napi8`;
  const root = enginesFolder();
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name.startsWith("tensorflow-") && name.endsWith(suffix))
    .map((name) => join(root, name))
    .filter((folder) => existsSync(bindingPath(folder)) && hasTfjsNode(folder))
    .flatMap((folder) => {
      const manifest = readManifest(folder);
      return manifest ? [{ folder, ...manifest }] : [];
    })
    .sort((a, b) => b.tensorflow.localeCompare(a.tensorflow, "en", { numeric: true }));
}

function readManifest(folder: string): z.infer<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(manifestPath(folder), "utf8")));
  } catch {
    return undefined;
  }
}

/** Bytes of all files below a folder; files that vanish meanwhile do not count. */
export async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory()
        ? folderSize(path)
        : lstat(path).then(
            (stats) => stats.size,
            () => 0,
          );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
