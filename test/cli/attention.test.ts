import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";
import { type TinyWorld, tinyWorld, writeUntrained } from "./tiny-world.ts";

let world: TinyWorld;
let picture: string;
beforeAll(async () => {
  world = await tinyWorld();
  picture = join(world.data, "val2017", "000001000001.jpg");
});
afterAll(() => world?.remove());

test("draws the attention of every dynamic layer for a picture, and writes it as numbers", async () => {
  const [out, json] = [join(world.folder, "attention.png"), join(world.folder, "attention.json")];
  const { code, stdout, stderr } = await runCli([
    ...["attention", picture, "--weights", world.run, "--box", "10,20,50,80"],
    ...["--out", out, "--json", json],
  ]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^62 dynamic convolutions, mean entropy [01]\.\d{3}; drawn in /);
  const layers = JSON.parse(await readFile(json, "utf8"));
  expect(layers).toHaveLength(62);
  expect(layers[0].layer).toBe("stage1_block1_depthwise_conv");
  for (const { usage } of layers) expect(usage.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 4);
  expect((await sharp(out).metadata()).format).toBe("png");
});

test("a box outside, another kind of file, a static network: each is one line that says what was expected", async () => {
  const still = join(world.folder, "static");
  await writeUntrained(still, "mobilenetv2-0.35_deconv");
  const svg = join(world.folder, "a.svg");
  const args = (weights: string, out: string, ...more: string[]) => [
    ...["attention", picture, "--weights", weights, "--out", out, ...more],
  ];
  for (const [command, message] of [
    [
      args(world.run, svg, "--box", "500,10,20,20"),
      /000001000001\.jpg: box 500,10,20,20: expected .*160x120/,
    ],
    [args(world.run, "a.jpg"), "option '--out': expected a file that ends in .png or .svg, got a.jpg"],
    [args(still, svg), "expected a network with dynamic convolutions, got mobilenetv2-0.35_deconv"],
  ] as const) {
    const { code, stderr } = await runCli(command, { env: { DYPOSE_ENGINE: "cpu" } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dypose: .+\n$/);
    expect(stderr).toMatch(message);
  }
});
