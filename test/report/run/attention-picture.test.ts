import sharp from "sharp";
import { expect, test } from "vitest";
import { drawAttention } from "../../../src/report/run/attention-picture.ts";

const LAYERS = [
  { layer: "stage1_block1_depthwise_conv", entropy: 0.5, usage: [0.75, 0.25, 0] },
  { layer: "head1_deconv", entropy: 1, usage: [0.2, 0.3] },
];
const TEXT = { title: "dy-<net>", subtitle: "a & b.jpg" };

test("a row a layer and a column a kernel, their weights as numbers and colours, entropy as a bar", () => {
  const svg = drawAttention(LAYERS, TEXT);
  expect(svg).toContain(">stage1_block1_depthwise<");
  expect(svg).toContain(">head1_deconv<");
  // from rgb(247,250,253) at 0 to rgb(8,64,129) at 1: 247 - 0.75 · 239 = 67.75 and so on
  expect(svg).toMatch(/fill="rgb\(68,111,160\)"\/><text [^>]*>0\.75</);
  expect(svg.match(/fill="rgb\(/g)).toHaveLength(5);
  const [half, whole] = [...svg.matchAll(/width="([\d.]+)" height="8" fill="#b4530a"/g)].map((bar) =>
    Number(bar[1]),
  );
  expect(whole).toBeCloseTo(2 * (half as number), 1);
});

test("what comes from outside is text, and the picture renders by itself at the size it says", async () => {
  const svg = drawAttention(LAYERS, TEXT);
  expect(svg).toContain("dy-&lt;net&gt;");
  expect(svg).toContain("a &amp; b.jpg");
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const { info } = await sharp(Buffer.from(svg)).png().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([Number(width), Number(height)]);
});
