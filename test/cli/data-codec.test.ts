import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { dataCodecCommand } from "../../src/cli/commands/data.ts";

const dir = mkdtempSync(join(tmpdir(), "dypose-codec-"));

beforeAll(() => {
  const keypoints = Array.from({ length: 17 }, (_, k) => [30.3 + 5 * k, 40.7 + 8 * k, 2]).flat();
  const person = {
    id: 1,
    image_id: 1,
    category_id: 1,
    keypoints,
    num_keypoints: 17,
    bbox: [20, 30, 110, 150],
  };
  mkdirSync(join(dir, "annotations"));
  mkdirSync(join(dir, "tiny"));
  writeFileSync(
    join(dir, "annotations/person_keypoints_tiny.json"),
    JSON.stringify({
      images: [{ id: 1, file_name: "a.jpg", width: 200, height: 200 }],
      annotations: [{ ...person, area: 9000, iscrowd: 0 }],
      categories: [{ id: 1, name: "person", keypoints: COCO_SKELETON.keypoints }],
    }),
  );
});

afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(dir, { recursive: true }));

/** What the command prints. */
async function printed(...args: string[]): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await dataCodecCommand().parseAsync(["--data", dir, "--split", "tiny", ...args], { from: "user" });
  return log.mock.calls.map(([line]) => String(line)).join("\n");
}

test("a table has a row a codec, with its AP and what it costs", async () => {
  const table = await printed("--input", "128x96");
  expect(table).toContain("tiny, 1 persons, input 128x96");
  for (const codec of ["gaussian", "dark", "udp"])
    expect(table).toMatch(new RegExp(`^${codec} +1.0000 +0.0000`, "m"));
});

test("--json has the same figures in full", async () => {
  const { proofs, persons, input } = JSON.parse(await printed("--json"));
  expect([persons, input]).toEqual([1, [256, 192]]);
  expect(proofs.map(({ codec }: { codec: string }) => codec)).toEqual(["gaussian", "dark", "udp"]);
  const [gaussian, dark] = proofs;
  expect(dark.meanError).toBeLessThan(0.05);
  expect(gaussian.meanError).toBeGreaterThan(0.2);
});

test("an input that does not divide into cells is an error that says so", async () => {
  await expect(printed("--input", "130x96")).rejects.toThrow(/whole pixels and cells above 1, got 32.5/);
});
