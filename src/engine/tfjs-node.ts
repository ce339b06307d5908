// tfjs-node's JavaScript and the sources of its binding. Installing the package would run a script that downloads another
// TensorFlow: an engine keeps a copy instead, which `engine install` makes, so that no project needs the package itself.
import { existsSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";

/** The package, its version, and the checksum of its tarball, as package-lock.json has it. */
export const TFJS_NODE = {
  name: "@tensorflow/tfjs-node-gpu",
  version: "4.22.0",
  integrity:
    "sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==",
} as const;

/**
 * What tfjs-node imports, and the package of dypose's that it gets for it. Two instances of tfjs-core would not share
 * tensors; of `@tensorflow/tfjs`, which would bring WebGL, data sets and 200 MB along, it uses no more than tfjs-core.
 */
const IMPORTS = {
  "@tensorflow/tfjs-core": "@tensorflow/tfjs-core",
  "@tensorflow/tfjs": "@tensorflow/tfjs-core",
  "google-protobuf": "google-protobuf",
} as const;

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
  if (tfjsNode === own) {
    for (const [name, provided] of Object.entries(IMPORTS)) provide(load, name, provided);
    addTensorMethods();
  }
  load("./dist/register_all_kernels");
  return load("./dist/nodejs_kernel_backend");
}

/** Makes `load(name)` give dypose's package `provided`, in place of the empty file that the copy has for it. */
function provide(load: NodeJS.Require, name: string, provided: string): void {
  const path = load.resolve(name);
  const module = new Module(path);
  module.exports = require(provided);
  module.loaded = true;
  load.cache[path] = module;
}

/** Operations that tfjs-node calls as methods of a tensor (`x.mul(y)`), which tfjs-core alone does not have. */
const METHODS = "add sub mul div floorDiv equal min max sum slice reshape".split(" ");

function addTensorMethods(): void {
  const operations = tf as unknown as Record<string, (...args: unknown[]) => tf.Tensor>;
  const methods: Record<string, (this: tf.Tensor, ...args: unknown[]) => tf.Tensor | undefined> = {
    ...Object.fromEntries(
      METHODS.map((name) => [
        name,
        function (this: tf.Tensor, ...args: unknown[]) {
          return operations[name]?.(this, ...args);
        },
      ]),
    ),
    flatten() {
      return tf.reshape(this, [this.size]);
    },
    toFloat() {
      return tf.cast(this, "float32");
    },
    toInt() {
      return tf.cast(this, "int32");
    },
  };
  const { prototype } = tf.Tensor as unknown as { prototype: Record<string, unknown> };
  for (const [name, method] of Object.entries(methods)) prototype[name] ??= method;
}

/** The empty files that stand for what tfjs-node imports, as paths below its folder. */
export const PLACEHOLDERS = Object.keys(IMPORTS).map((name) => `node_modules/${name}/index.js`);
