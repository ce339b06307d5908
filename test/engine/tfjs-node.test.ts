import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyTfjsNode } from "../../src/engine/install/copy-tfjs-node.ts";
import { hasTfjsNode, loadTfjsNode, TFJS_NODE } from "../../src/engine/tfjs-node.ts";

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, "../..", name), "utf8"));

let engine: string;

beforeAll(async () => {
  engine = mkdtempSync(join(tmpdir(), "dypose-tfjs-node-"));
  await copyTfjsNode(engine);
});

afterAll(() => rmSync(engine, { recursive: true, force: true }));

test("the version and the checksum that an engine asks for are those of package.json and package-lock.json", () => {
  const { devDependencies, dependencies, peerDependenciesMeta } = read("package.json");
  expect(devDependencies[TFJS_NODE.name]).toBe(TFJS_NODE.version);
  expect(read("package-lock.json").packages[`node_modules/${TFJS_NODE.name}`].integrity).toBe(
    TFJS_NODE.integrity,
  );
  // A package manager that installed it would run its script.
  expect(dependencies).not.toHaveProperty(TFJS_NODE.name);
  expect(peerDependenciesMeta[TFJS_NODE.name]).toEqual({ optional: true });
});

test("a copy outside every project shares dypose's tfjs-core", () => {
  expect(hasTfjsNode(engine)).toBe(true);
  const { NodeJSKernelBackend } = loadTfjsNode(engine);
  expect(NodeJSKernelBackend.prototype).toBeInstanceOf(tf.KernelBackend);
  const kernels = tf.getKernelsForBackend("tensorflow").map(({ kernelName }) => kernelName);
  expect(kernels).toContain("Conv2D");
  expect(kernels.length).toBeGreaterThan(140);
});

test("tensors have the methods that tfjs-node calls", async () => {
  loadTfjsNode(engine);
  await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  // The methods are declared by a part of tfjs-core that dypose does not load.
  type Chained = tf.Tensor & Record<"mul" | "toFloat" | "flatten", (...args: unknown[]) => Chained>;
  const x = tf.tensor2d(
    [
      [1, 2],
      [3, 4],
    ],
    [2, 2],
    "int32",
  ) as unknown as Chained;
  const y = x.mul(x).toFloat().flatten();
  expect(y.dtype).toBe("float32");
  expect(y.shape).toEqual([4]);
  expect([...y.dataSync()]).toEqual([1, 4, 9, 16]);
});
