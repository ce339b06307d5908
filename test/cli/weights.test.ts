import { readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HostTensor, writeSafetensors } from "../../src/weights/safetensors.ts";
import { readWeightsFile } from "../../src/weights/weights-file.ts";
import { INFO_KEY } from "../../src/weights/weights-info.ts";
import { runCli } from "./run-cli.ts";
import { type TinyWorld, tinyWorld } from "./tiny-world.ts";

let world: TinyWorld;
beforeAll(async () => {
  world = await tinyWorld();
});
afterAll(() => world.remove());

test("weights lists what the package ships, for people and as JSON", async () => {
  const { stdout, code } = await runCli(["weights"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^dy-mobilenetv2-1\.0_bottleneck_256x192 \(default\) +pose +27\.7 MB/m);
  const rows = JSON.parse((await runCli(["weights", "--json"])).stdout);
  expect(rows.map(({ name }: { name: string }) => name)).toContain("nanodet-g_416");
  for (const { weights, card, bytes } of rows) {
    expect((await stat(weights)).size).toBe(bytes);
    expect(await readFile(card, "utf8")).toMatch(/^# /);
  }
});

test("a run is exported in half precision with a card, which a second export leaves alone", async () => {
  const out = join(world.folder, "mine.safetensors");
  await writeFile(join(world.run, "config.yaml"), "model:\n  name: a-network\n");
  const args = ["weights", "export", world.run, "--out", out, "--half", "--card"];
  expect((await runCli(args)).code).toBe(0);

  const [before, after] = await Promise.all([readWeightsFile(world.weights), readWeightsFile(out)]);
  expect(after.info).toEqual(before.info);
  expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
  for (const [name, { data }] of before.tensors) {
    const half = after.tensors.get(name)?.data as Float32Array;
    // Half precision keeps 11 bits: rounding moves a number by at most 2^-11 of it, the smallest by 2^-25.
    for (const [i, value] of (data as Float32Array).entries()) {
      const error = Math.abs((half[i] as number) - value);
      if (!(error <= Math.abs(value) * 2 ** -11 + 2 ** -25)) expect(`${name}[${i}] ${half[i]}`).toBe(value);
    }
  }
  const card = join(world.folder, "mine.md");
  expect(await readFile(card, "utf8")).toMatch(/AP was not measured\./);
  expect(await readFile(card, "utf8")).toContain("name: a-network");

  await writeFile(card, "what its author wrote");
  const again = await runCli(args);
  expect(again.stdout).toContain("mine.md: is there already and stays as it is");
  expect(await readFile(card, "utf8")).toBe("what its author wrote");
  await rm(out);
});

test("a number that half precision cannot hold is refused, naming its tensor", async () => {
  const { tensors, info } = await readWeightsFile(world.weights);
  const [name, { shape, data }] = [...tensors][0] as [string, HostTensor];
  const large = (data as Float32Array).slice().fill(70_000, 0, 1);
  const source = join(world.folder, "large.safetensors");
  await writeSafetensors(source, {
    tensors: new Map([...tensors, [name, { shape, data: large }]]),
    metadata: { [INFO_KEY]: JSON.stringify(info) },
  });
  const out = join(world.folder, "half.safetensors");
  const { code, stderr } = await runCli(["weights", "export", source, "--out", out, "--half"]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${name}: expected numbers below 65520 for --half, got 70000`);
});

test("an export over its own source, and a file cut short, are one line and exit code 2", async () => {
  const same = await runCli(["weights", "export", world.weights, "--out", world.weights]);
  expect(same).toMatchObject({ code: 2, stdout: "" });
  expect(same.stderr).toContain("--out: expected another file than the weights to export");

  const short = join(world.folder, "short.safetensors");
  await writeFile(short, await readFile(world.weights));
  await truncate(short, 100_000);
  const cut = await runCli(["weights", "export", short, "--out", join(world.folder, "out.safetensors")]);
  expect(cut.code).toBe(2);
  expect(cut.stderr.trim().split("\n")).toHaveLength(1);
  expect(cut.stderr).toContain("short.safetensors");
});
