// tfjs-node's JavaScript and the sources of its binding. Installing the package would run a script that downloads another
// TensorFlow: an engine keeps a copy instead, which `engine install` makes, so that no project needs the package itself.
import { existsSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, join } from "node:path";

/** The package, its version, and the checksum of its tarball, as package-lock.json has it. */
export const TFJS_NODE = {
  name: "@tensorflow/tfjs-node-gpu",
  version: "4.22.0",
  integrity:
    "sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==",
} as const;

/** What tfjs-node imports: dypose's own copies, because two instances of tfjs-core would not share tensors. */
const IMPORTS = ["@tensorflow/tfjs-core", "@tensorflow/tfjs", "google-protobuf"];

const require = createRequire(import.meta.url);

/** Where the engine in `folder` keeps tfjs-node. */
export function tfjsNodeFolder(folder: string): string {
  return join(folder, `tfjs-node-${TFJS_NODE.version}`);
}

/** Whether the engine in `folder` can load tfjs-node: its own copy, or the one among this project's packages. */
export function hasTfjsNode(folder: string): boolean {
  return existsSync(tfjsNodeFolder(folder)) || packagedTfjsNode() !== undefined;
}

/** The package's folder where it is installed, in just this version: in a clone, or where somebody has added it. */
export function packagedTfjsNode(): string | undefined {
  try {
    const manifest = require.resolve(`${TFJS_NODE.name}/package.json`);
    return require(manifest).version === TFJS_NODE.version ? dirname(manifest) : undefined;
  } catch {
    return undefined;
  }
}

/** Loads tfjs-node's backend for the engine in `folder` and registers its kernels with `@tensorflow/tfjs-core`. */
export function loadTfjsNode(folder: string): {
  NodeJSKernelBackend: new (binding: unknown, name: string) => import("@tensorflow/tfjs-core").KernelBackend;
} {
  const own = tfjsNodeFolder(folder);
  const tfjsNode = existsSync(own) ? own : packagedTfjsNode();
  if (!tfjsNode)
    throw new Error(`engine: expected tfjs-node in ${own}, got none; run "dypose engine install"`);
  const load = createRequire(join(tfjsNode, "package.json"));
  // Beside the cache there is no node_modules: what it imports is put where it will look.
  if (tfjsNode === own) for (const name of IMPORTS) provide(load, name);
  load("./dist/register_all_kernels");
  return load("./dist/nodejs_kernel_backend");
}

/** Makes `load(name)` give dypose's own package of that name, in place of the empty file that the copy has for it. */
function provide(load: NodeJS.Require, name: string): void {
  const path = load.resolve(name);
  const module = new Module(path);
  module.exports = require(name);
  module.loaded = true;
  load.cache[path] = module;
}

/** The empty files that stand for what tfjs-node imports, as paths below its folder. */
export const PLACEHOLDERS = IMPORTS.map((name) => `node_modules/${name}/index.js`);
