import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { convertNanodet } from "../../src/detect/import-nanodet.ts";
import { buildNanodet } from "../../src/detect/nanodet.ts";
import { type HostTensor, narrowToFloat16, readSafetensors } from "../../src/weights/safetensors.ts";
import { zooFiles } from "../../src/weights/zoo.ts";
import { runCli } from "../cli/run-cli.ts";
import { testEngine } from "../engine.ts";

const SHIPPED = zooFiles("nanodet-g_416").weights;

let folder: string;
beforeAll(async () => {
  await testEngine();
  folder = await mkdtemp(join(tmpdir(), "dypose-import-nanodet-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A graph model as the authors' is: first convolution for blue, green, red; 80 classes; in no particular order. */
async function writeGraphModel(weightsOf: (name: string) => HostTensor): Promise<void> {
  const { model, convolutions } = buildNanodet();
  model.dispose();
  const node: object[] = [];
  const weights: object[] = [];
  const bytes: Uint8Array[] = [];
  const store = (name: string, { shape, data }: HostTensor) => {
    weights.push({
      name,
      shape,
      dtype: "float32",
      quantization: { dtype: "float16", original_dtype: "float32" },
    });
    bytes.push(new Uint8Array(narrowToFloat16(data as Float32Array).buffer));
  };
  weights.push({ name: "axis", shape: [], dtype: "int32" });
  bytes.push(new Uint8Array(4));
  for (const i of [...convolutions.keys()].reverse()) {
    const name = convolutions[i] as string;
    const suffix = i === 0 ? "" : `_${i}`;
    for (const part of ["kernel", "bias"])
      store(`${part}${suffix}`, theirs(name, weightsOf(`${name}/${part}`)));
    node.push({ name: `Add${suffix}`, op: "Add", input: [`convolution${suffix}`, `bias${suffix}`] });
    node.push({ name: `convolution${suffix}`, op: "Conv2D", input: ["x", `kernel${suffix}`] });
  }
  const manifest = [{ paths: ["nanodet.bin"], weights }];
  await writeFile(join(folder, "nanodet.bin"), Buffer.concat(bytes));
  await writeFile(
    join(folder, "nanodet.json"),
    JSON.stringify({ modelTopology: { node }, weightsManifest: manifest }),
  );
}

function theirs(name: string, { shape, data }: HostTensor): HostTensor {
  const outputs = shape.at(-1) as number;
  const values = data as Float32Array;
  if (name === "stem_conv" && shape.length === 4) {
    const turned = values.map((_, i) => {
      const [tap, input, output] = [Math.floor(i / (3 * outputs)), Math.floor(i / outputs) % 3, i % outputs];
      return values[(tap * 3 + 2 - input) * outputs + output] as number;
    });
    return { shape, data: turned };
  }
  if (!name.endsWith("_answer_conv")) return { shape, data };
  const rows = values.length / outputs;
  const wide = new Float32Array(rows * 124).fill(0.25); // the other 79 classes
  for (let row = 0; row < rows; row += 1) {
    wide[row * 124] = values[row * 45] as number;
    wide.set(values.subarray(row * 45 + 1, (row + 1) * 45), row * 124 + 80);
  }
  return { shape: shape.with(-1, 124), data: wide };
}

test("from a graph model with these weights comes the file that is shipped, to the byte", async () => {
  const { tensors } = await readSafetensors(SHIPPED);
  await writeGraphModel((name) => tensors.get(name) as HostTensor);
  const out = join(folder, "out.safetensors");
  expect(await convertNanodet(folder, out)).toBe(3_755_495);
  expect((await readFile(out)).equals(await readFile(SHIPPED))).toBe(true);
});

test("weights that end too early, other shapes and other networks are named", async () => {
  const { tensors } = await readSafetensors(SHIPPED);
  const [graph, out] = [join(folder, "nanodet.json"), join(folder, "refused.safetensors")];
  await writeGraphModel((name) => tensors.get(name) as HostTensor);
  const whole = await readFile(join(folder, "nanodet.bin"));
  await writeFile(join(folder, "nanodet.bin"), whole.subarray(0, 1_000_000));
  await expect(convertNanodet(graph, out)).rejects.toThrow(
    /^nanodet\.bin of .*nanodet\.json: expected at least \d+ bytes, got 1000000$/,
  );
  await writeGraphModel((name) =>
    name === "stage1_in_conv/bias"
      ? { shape: [1], data: new Float32Array(1) }
      : (tensors.get(name) as HostTensor),
  );
  await expect(convertNanodet(graph, out)).rejects.toThrow(
    `${graph}: expected the weights of nanodet-g, got 1 misshapen: stage1_in_conv/bias [1] instead of [32]`,
  );
  await writeFile(graph, JSON.stringify({ modelTopology: { node: [] }, weightsManifest: [] }));
  await expect(convertNanodet(graph, out)).rejects.toThrow("expected nanodet-g with 34 convolutions, got 0");
  await writeFile(graph, "{}");
  await expect(convertNanodet(graph, out)).rejects.toThrow(
    "expected a TensorFlow.js graph model, got modelTopology:",
  );
});

test("the command line says what is missing, in one line", async () => {
  const out = join(folder, "cli.safetensors");
  const nowhere = join(folder, "nowhere.json");
  const missing = await runCli(["import", nowhere, "--as", "nanodet", "--out", out]);
  expect([missing.code, missing.stderr]).toEqual([
    2,
    `dypose: ${nowhere}: expected a file of a TensorFlow.js graph model, got ENOENT\n`,
  ]);
  const model = await runCli([
    "import",
    nowhere,
    "--as",
    "nanodet",
    "--model",
    "resnet18_deconv",
    "--out",
    out,
  ]);
  expect(model.stderr).toBe("dypose: import --as nanodet: expected no --model, got resnet18_deconv\n");
  const none = await runCli(["import", nowhere, "--as", "timm", "--out", out]);
  expect([none.code, none.stderr]).toEqual([
    2,
    "dypose: import --as timm: expected --model NAME, got none\n",
  ]);
});
