import { existsSync } from "node:fs";
import { readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ffmpeg, ffprobe, withoutFfmpeg } from "../datasets/video/ffmpeg-tests.ts";
import { runCli, startCli } from "./run-cli.ts";
import { type TinyWorld, tinyWorld } from "./tiny-world.ts";

let world: TinyWorld;
let film: string;
beforeAll(async () => {
  world = await tinyWorld();
  if (withoutFfmpeg) return;
  film = join(world.folder, "film.mp4");
  const picture = join(world.data, "val2017", "000001000001.jpg");
  // Half a second with sound, of a drawn picture that moves
  ffmpeg(
    ...["-loop", "1", "-i", picture, "-f", "lavfi", "-i", "sine=frequency=440", "-t", "0.5", "-r", "24"],
    ...["-vf", "scale=200:150,crop=160:120:60*t:10", "-pix_fmt", "yuv420p", "-c:a", "aac", film],
  );
});
afterAll(() => world?.remove());

const lines = async (file: string) => {
  const text = await readFile(file, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
};

test.skipIf(withoutFfmpeg)(
  "a video goes in and comes out with its frames, rate and sound, and a line of JSON a frame",
  async () => {
    const [out, jsonl] = [join(world.folder, "out"), join(world.folder, "film.jsonl")];
    const args = ["infer", film, "--weights", world.run, "--detector", "none", "--no-smooth", "--out", out];
    const { code, stdout, stderr } = await runCli([...args, "--jsonl", jsonl]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/film\.mp4: 12 frames, [\d.]+ a second, \d+ persons?; drawn in /);
    const drawn = join(out, "film.pose.mp4");
    expect(ffprobe(drawn, "stream", "codec_type,r_frame_rate").sort()).toEqual([
      ["audio", "0/0"],
      ["video", "24/1"],
    ]);
    expect(ffprobe(drawn, "packet", "stream_index").filter(([stream]) => stream === "0")).toHaveLength(12);
    const frames = await lines(jsonl);
    expect(frames.map(({ frame }) => frame)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(frames[6].seconds).toBeCloseTo(6 / 24, 3);
    expect(frames[0]).toMatchObject({ image: film, width: 160, height: 120 });
  },
);

test.skipIf(withoutFfmpeg)(
  "a video that is cut short is done as far as it goes, and said to be",
  async () => {
    const [cut, out] = [join(world.folder, "cut.avi"), join(world.folder, "cut-out")];
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-c:v", "mjpeg", cut);
    await truncate(cut, Math.round(((await readFile(cut)).length * 2) / 3));
    const jsonl = join(world.folder, "cut.jsonl");
    const args = ["infer", cut, "--weights", world.run, "--out", out, "--jsonl", jsonl];
    const { code, stderr } = await runCli(args);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/^dypose: .*cut\.avi: expected \d+ frames, got \d+ .*cut short/m);
    expect((await lines(jsonl)).length).toBeGreaterThan(5);
    expect(existsSync(join(out, "cut.pose.mp4"))).toBe(true);
  },
);

test.skipIf(withoutFfmpeg)(
  "Ctrl-C ends a video early: it can be played, the lines are whole, the exit code says so",
  async () => {
    const [long, out, jsonl] = [
      join(world.folder, "long.mp4"),
      join(world.folder, "long-out"),
      join(world.folder, "long.jsonl"),
    ];
    ffmpeg(
      "-f",
      "lavfi",
      "-i",
      "testsrc=size=160x120:rate=25:duration=400",
      "-pix_fmt",
      "yuv420p",
      "-preset",
      "ultrafast",
      long,
    );
    const args = ["infer", long, "--weights", world.run, "--out", out, "--jsonl", jsonl];
    const { child, result } = startCli(args);
    // Some frames have to be done before.
    while (
      child.exitCode === null &&
      (!existsSync(jsonl) || (await readFile(jsonl, "utf8")).split("\n").length < 20)
    ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill("SIGINT");
    const { code, stderr } = await result;
    expect(code, stderr).toBe(130);
    const done = (await lines(jsonl)).length;
    expect(done).toBeLessThan(10_000);
    expect(ffprobe(join(out, "long.pose.mp4"), "packet", "pts_time")).toHaveLength(done);
  },
);

test.skipIf(withoutFfmpeg)("a camera that is not there is one line", async () => {
  const { code, stderr } = await runCli([
    "infer",
    "camera:99",
    "--weights",
    world.run,
    "--out",
    world.folder,
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^dypose: camera:99: expected a camera, got: .+\n$/);
});
