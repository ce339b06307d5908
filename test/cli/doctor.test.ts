import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { bestEngine } from "../../src/engine/best-engine.ts";
import { installedEngines } from "../../src/engine/engine-folder.ts";

const empty = mkdtempSync(join(tmpdir(), "dypose-cache-"));
const best = bestEngine().name;
const isBestInstalled = installedEngines().some(
  ({ device }) => (device === "gpu" ? "tensorflow-gpu" : "tensorflow") === best,
);

afterAll(() => rmSync(empty, { recursive: true }));

function doctor(args: string[], env: NodeJS.ProcessEnv = {}) {
  const script = fileURLToPath(new URL("doctor-process.ts", import.meta.url));
  return spawnSync(process.execPath, ["--import", "tsx", script, ...args], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 50_000,
  });
}

test.skipIf(best === "wasm")(
  "doctor exits with 1 where a better engine is not installed, and names the command that installs it (skips: none is better)",
  () => {
    const { status, stdout, stderr } = doctor(["--json"], { XDG_CACHE_HOME: empty });
    expect(stderr).toBe("");
    expect(status).toBe(1);
    const found = JSON.parse(stdout);
    expect(found.engine).toMatchObject({ name: "wasm", best, isBest: false });
    expect(found.engine.mend).toMatch(/^dypose engine install --(cpu|gpu)$/);
    expect(found.installed).toEqual([]);
    expect(found.node.version).toBe(process.versions.node);
    expect(found.convolution.gflops).toBeGreaterThan(0);
  },
);

test.skipIf(!isBestInstalled)(
  "doctor exits with 0 on the best engine, and measures it (skips: not installed)",
  () => {
    const { status, stdout, stderr } = doctor(["--json"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.engine).toMatchObject({ name: best, best, isBest: true });
    expect(found.engine.tensorflow).toMatch(/^\d+\.\d+\.\d+$/);
    expect(found.engine).not.toHaveProperty("mend");
    expect(found.mallocTuned).toBe(true);
    expect(found.sharp.libvips).toMatch(/^\d+\.\d+/);
    // 2 · 8 · 64 · 48 · 576 · 64 operations in the time that is given
    expect(found.convolution.gflops).toBeCloseTo(1.811939328e9 / found.convolution.milliseconds / 1e6, 6);
  },
);

test("doctor for people says the engine, its speed and whether it is the best, one fact a line", () => {
  const { stdout } = doctor([]);
  for (const fact of ["node ", "engine ", "processors ", "gpus ", "sharp ", "ffmpeg ", "convolution "]) {
    expect(stdout).toMatch(new RegExp(`^${fact}`, "m"));
  }
  expect(stdout).toMatch(/GFLOP\/s/);
  expect(stdout.trim().split("\n").at(-1)).toMatch(/best engine/);
});
