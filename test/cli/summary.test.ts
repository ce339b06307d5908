import { expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

test("a network's summary counts its layers; --json gives the same numbers", async () => {
  const args = ["summary", "dy-mobilenetv2-0.35_bottleneck", "--input", "64x64"];
  const [text, json] = await Promise.all([runCli(args), runCli([...args, "--json"])]);
  expect(text.code, text.stderr).toBe(0);
  const counted = JSON.parse(json.stdout);
  // 4 kernels of 3·3·16, attention of 16 → 4 → 4: 576 + 4·17 + 4·5
  expect(text.stdout).toMatch(/^stage1_block1_depthwise_conv +DynamicConv2D +32×32×16 +664 +[\d,]+$/m);
  expect(text.stdout).toContain(`${(counted.params / 1e6).toFixed(2)} M parameters`);
  expect(counted.input).toEqual([64, 64]);
});

test("--paper prints fourteen networks beside the paper's, and what explains a difference; also as Markdown", async () => {
  const [text, markdown] = await Promise.all([
    runCli(["summary", "--paper"]),
    runCli(["summary", "--paper", "--markdown"]),
  ]);
  expect(text.code, text.stderr).toBe(0);
  expect(text.stdout).toMatch(/^mobilenetv2-1\.0 +3\.50 +3\.5 +\+0\.1% +300\.8 +300\.0 +\+0\.3%$/m);
  expect(text.stdout.match(/^(dy-)?(mobilenet|resnet)\S+( \*)? +\d/gm)).toHaveLength(14);
  expect(text.stdout).toMatch(/^mobilenetv3-small: .*first arXiv version/m);
  expect(markdown.stdout).toMatch(/^\| mobilenetv2-1\.0 \| 3\.50 \| 3\.5 \|/m);
});

test("a classifier is summarised at 224×224", async () => {
  const { stdout } = await runCli(["summary", "mobilenetv3-small_classifier"]);
  expect(stdout).toContain(
    "mobilenetv3-small_classifier at 224x224: 2.54 M parameters, 56.51 M multiply-adds",
  );
});

test("without a model, with both, or with an unknown one, one line says what was expected", async () => {
  for (const [args, message] of [
    [[], "expected a model or --paper, got neither"],
    [["resnet18_deconv", "--paper"], "expected a model or --paper, got both"],
    [["resnet19_deconv"], /model\.name: expected .* got "resnet19_deconv"/],
    [
      ["resnet18_deconv", "--input", "100x96"],
      "model.inputSize: expected multiples of 32 pixels, got 100x96",
    ],
  ] as const) {
    const { code, stderr } = await runCli(["summary", ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dypose: .+\n$/);
    expect(stderr).toMatch(message);
  }
});
