import { beforeAll, expect, test } from "vitest";
import { comparePaper, type PaperComparison } from "../../src/models/compare-paper.ts";
import { testEngine } from "../engine.ts";

let rows: Map<string, PaperComparison>;
beforeAll(async () => {
  await testEngine();
  rows = new Map(comparePaper().map((row) => [row.paper.network, row]));
});

test("the networks that are built count as they do elsewhere", () => {
  const counts = [...rows].map(([network, { params, madds }]) => [
    network,
    params,
    Math.round(madds / 1e5) / 10,
  ]);
  expect(counts).toEqual([
    // MobileNets: the numbers of torchvision 0.29.1. ResNets: the same less the 513,000 of its last layer.
    ["mobilenetv2-1.0", 3_504_872, 300.8],
    ["dy-mobilenetv2-1.0", 11_149_736, 310.2],
    ["mobilenetv2-0.75", 2_636_424, 209.1],
    ["dy-mobilenetv2-0.75", 7_012_118, 214.5],
    ["mobilenetv2-0.5", 1_968_680, 97.1],
    ["dy-mobilenetv2-0.5", 3_946_334, 99.6],
    ["mobilenetv2-0.35", 1_677_128, 59.3],
    ["dy-mobilenetv2-0.35", 2_686_612, 60.5],
    ["mobilenetv3-small", 2_542_856, 56.5],
    ["dy-mobilenetv3-small", 4_209_226, 58.6],
    ["resnet18", 11_689_512 - 513_000, 1813.6],
    ["dy-resnet18", 44_959_052, 1858.5],
    ["resnet10", 4_905_792, 888.7],
    ["dy-resnet10", 19_711_180, 908.4],
  ]);
});

/** Whether a count is within a share of the paper's figure, or becomes that figure when rounded as the paper does. */
function agrees(counted: number, figure: number, share: number): boolean {
  const millions = counted / 1e6;
  return Math.abs(millions / figure - 1) <= share || Math.abs(millions - figure) <= 0.05;
}

test("they agree with the paper's table, or a note says what explains the difference", () => {
  const tolerance = (network: string) => (network.startsWith("dy-") ? 0.015 : 0.01);
  const differ = [...rows.values()].filter(
    ({ paper, params, madds }) =>
      !agrees(params, paper.params, tolerance(paper.network)) ||
      !agrees(madds, paper.madds, tolerance(paper.network)),
  );
  expect(differ.map(({ paper }) => paper.network)).toEqual([
    "dy-mobilenetv2-0.5",
    "dy-mobilenetv2-0.35",
    "mobilenetv3-small",
    "dy-mobilenetv3-small",
    "dy-resnet18",
    "resnet10",
    "dy-resnet10",
  ]);
  for (const { paper } of differ) expect(paper.note, paper.network).toMatch(/./);
  // ×0.5 differs by its multiply-adds alone, and by less than 2%.
  const half = rows.get("dy-mobilenetv2-0.5") as PaperComparison;
  expect(Math.abs(half.paramsDifference)).toBeLessThan(0.015);
  expect(Math.abs(half.maddsDifference)).toBeLessThan(0.02);
});

test("what the notes say of MobileNetV3's first version is what it would count", () => {
  // 1280 hidden channels for 1024: 256 more of 576 weights and a bias each, seen by 1000 classes.
  const more = 256 * (576 + 1) + 256 * 1000;
  const [plain, dynamic] = [rows.get("mobilenetv3-small"), rows.get("dy-mobilenetv3-small")];
  expect(((plain?.params ?? 0) + more) / 1e6).toBeCloseTo(2.95, 2);
  expect(((dynamic?.params ?? 0) + more) / 1e6).toBeCloseTo(4.61, 2);
  // Three more kernels of the last 1×1 convolution, and an attention of 96 → 24 → 4 channels.
  const last = 3 * 96 * 576 + 24 * (96 + 1) + 4 * (24 + 1);
  expect(((dynamic?.params ?? 0) + more + last) / 1e6).toBeCloseTo(4.78, 2);
});
