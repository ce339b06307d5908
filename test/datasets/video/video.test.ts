import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RgbImage } from "../../../datasets/image/rgb-image.ts";
import { findFfmpeg } from "../../../datasets/video/ffmpeg.ts";
import { probeVideo } from "../../../datasets/video/probe-video.ts";
import {
  CutShortError,
  cut,
  newestOnly,
  readFrames,
  type VideoFrame,
} from "../../../datasets/video/read-frames.ts";
import { VideoWriter } from "../../../datasets/video/video-writer.ts";
import { ffmpeg, ffprobe, withoutFfmpeg } from "./ffmpeg-tests.ts";

let folder: string;
const at = (name: string) => join(folder, name);
const video = (name: string) => ({ kind: "video" as const, path: at(name) });

async function frames(name: string, signal?: AbortSignal): Promise<VideoFrame[]> {
  const all: VideoFrame[] = [];
  for await (const frame of readFrames(await probeVideo(video(name)), signal ? { signal } : {}))
    all.push(frame);
  return all;
}
const colour = ({ data, width }: RgbImage, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

/** Every pixel of a frame in one colour. */
function plain(width: number, height: number, rgb: readonly [number, number, number]): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set(rgb, i);
  return { width, height, data };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-video-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("without ffmpeg, one line names the package", async () => {
  await expect(findFfmpeg({ PATH: folder })).rejects.toThrow(
    /^ffmpeg: expected a program on the PATH, got nothing there; video needs the package ffmpeg \(apt install ffmpeg/,
  );
  await expect(findFfmpeg({ PATH: folder, DYPOSE_FFMPEG: at("no/ffmpeg") })).rejects.toThrow(
    /^DYPOSE_FFMPEG: expected ffmpeg's path .* got .*no\/ffmpeg: nothing there$/,
  );
});

test("DYPOSE_FFMPEG names the program or the folder of both", async () => {
  const bin = at("bin");
  await mkdir(bin, { recursive: true });
  for (const name of ["ffmpeg", "ffprobe"]) {
    await writeFile(join(bin, name), `#!/bin/sh\necho "${name} version 9.1-mine Copyright"\n`);
    await chmod(join(bin, name), 0o755);
  }
  const expected = { ffmpeg: join(bin, "ffmpeg"), ffprobe: join(bin, "ffprobe"), version: "9.1-mine" };
  const { PATH } = process.env;
  expect(await findFfmpeg({ PATH, DYPOSE_FFMPEG: bin })).toEqual(expected);
  expect(await findFfmpeg({ PATH, DYPOSE_FFMPEG: join(bin, "ffmpeg") })).toEqual(expected);
});

test("no more is read than a frame needs", async () => {
  let given = 0;
  async function* pipe() {
    for (;;) {
      given += 1;
      yield Buffer.alloc(100, given);
    }
  }
  const taken: [number, number][] = [];
  for await (const frame of cut(pipe(), 250)) {
    taken.push([frame[249] ?? 0, given]);
    if (taken.length === 3) break;
  }
  // 250 bytes end in the third hundred, 500 in the fifth, 750 in the eighth.
  expect(taken).toEqual([
    [3, 3],
    [5, 5],
    [8, 8],
  ]);
});

test("who is slower than a camera gets its newest frame, and its error at the end", async () => {
  async function* camera() {
    for (let i = 0; i < 6; i += 1) {
      yield i;
      await sleep(5);
    }
    throw new Error("unplugged");
  }
  const taken: number[] = [];
  const slowly = async () => {
    for await (const frame of newestOnly(camera(), () => {})) {
      taken.push(frame);
      if (frame === 0) await sleep(200);
    }
  };
  await expect(slowly()).rejects.toThrow("unplugged");
  expect(taken).toEqual([0, 5]);
});

describe.skipIf(withoutFfmpeg !== undefined)("with ffmpeg", () => {
  beforeAll(() => {
    // Red above, blue below; a white column moves to the right by 2 pixels a frame.
    const scene =
      "color=red:s=64x24:r=10:d=2[a];color=blue:s=64x24:r=10:d=2[b];[a][b]vstack,geq=r='if(lt(abs(X-2*N),2),255,r(X,Y))':g='if(lt(abs(X-2*N),2),255,g(X,Y))':b='if(lt(abs(X-2*N),2),255,b(X,Y))',format=yuv444p";
    const lossless = ["-c:v", "libx264", "-qp", "0"];
    ffmpeg("-f", "lavfi", "-i", scene, ...lossless, at("plain.mp4"));
    ffmpeg("-i", at("plain.mp4"), "-c", "copy", "-metadata:s:v:0", "rotate=90", at("turned.mp4"));
    ffmpeg("-f", "lavfi", "-i", scene, "-vf", "setsar=2/1", ...lossless, at("wide.mp4"));
    // Frames at 0, 0.1, 0.4, 0.5, 0.8, 0.9 …: times t = n/10 + 0.2·⌊n/2⌋.
    ffmpeg(
      ...[
        "-f",
        "lavfi",
        "-i",
        scene,
        "-vf",
        "settb=1/10,setpts='N+2*floor(N/2)'",
        "-fps_mode",
        "passthrough",
      ],
      ...["-enc_time_base", "1/1000", ...lossless, "-bf", "0", at("variable.mkv")],
    );
    ffmpeg(
      ...["-f", "lavfi", "-i", "testsrc=s=160x120:r=30000/1001:d=3", "-f", "lavfi", "-i", "sine=d=3"],
      ...[
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-shortest",
        "-movflags",
        "+faststart",
        at("sound.mp4"),
      ],
    );
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", at("sound-only.m4a"));
  });

  test("frames come whole, in order, with their times", async () => {
    const info = await probeVideo(video("plain.mp4"));
    expect(info).toMatchObject({
      ...{ width: 64, height: 48, rotation: 0, frames: 20, duration: 2, codec: "h264" },
      ...{ rate: { numerator: 10, denominator: 1 }, isVariable: false, hasSound: false },
    });
    const all = await frames("plain.mp4");
    expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const frame of all) {
      expect(frame.seconds).toBeCloseTo(frame.index / 10, 6);
      expect(frame.data).toHaveLength(64 * 48 * 3);
      const [red = 0, , blue = 0] = colour(frame, 63, 5);
      expect(red - blue).toBeGreaterThan(200);
      // The column is where it was drawn, and nowhere a frame earlier.
      expect(Math.min(...colour(frame, 2 * frame.index, 40))).toBeGreaterThan(240);
      expect(colour(frame, 2 * frame.index + 4, 40)[0]).toBeLessThan(30);
    }
  });

  test("a video of one frame, as Ctrl-C may leave it, can be played", async () => {
    const rate = { numerator: 10, denominator: 1 };
    const writer = await VideoWriter.open(at("one.mp4"), { width: 64, height: 48, rate });
    await writer.write(plain(64, 48, [255, 0, 0]), 0.5);
    expect(await writer.close()).toMatchObject({ frames: 1, sound: "none" });
    const [first] = await frames("one.mp4");
    expect(colour(first as VideoFrame, 30, 20)[0]).toBeGreaterThan(200);
  });

  test("a video that is marked as turned comes upright", async () => {
    const info = await probeVideo(video("turned.mp4"));
    expect(info).toMatchObject({ width: 48, height: 64 });
    const [first] = await frames("turned.mp4");
    // Red was above and blue below: after a quarter turn one is left, the other right.
    const sides = [colour(first as VideoFrame, 5, 50), colour(first as VideoFrame, 42, 50)];
    const isRed = sides.map(([r = 0, , b = 0]) => r > b);
    expect(isRed).toEqual(info.rotation === 90 ? [false, true] : [true, false]);
    expect([90, 270]).toContain(info.rotation);
  });

  test("pixels that are not square become square", async () => {
    expect(await probeVideo(video("wide.mp4"))).toMatchObject({ width: 128, height: 48 });
    const [, second] = await frames("wide.mp4");
    expect(second).toMatchObject({ width: 128, height: 48 });
    expect(Math.min(...colour(second as VideoFrame, 4, 40))).toBeGreaterThan(200);
  });

  test("a variable rate keeps the time of each frame", async () => {
    const info = await probeVideo(video("variable.mkv"));
    expect(info.isVariable).toBe(true);
    const all = await frames("variable.mkv");
    expect(all).toHaveLength(20);
    for (const { index, seconds } of all) {
      expect(seconds).toBeCloseTo(index / 10 + 0.2 * Math.floor(index / 2), 3);
    }
  });

  test("leaving the loop early ends ffmpeg, and so does a signal, without an error", async () => {
    const info = await probeVideo(video("sound.mp4"));
    for await (const frame of readFrames(info)) if (frame.index === 3) break;
    const control = new AbortController();
    let count = 0;
    for await (const frame of readFrames(info, { signal: control.signal })) {
      count += 1;
      if (frame.index === 3) control.abort();
    }
    expect(count).toBe(4);
  });

  test("a video that is cut short gives its frames, then says so", async () => {
    const whole = await readFile(at("sound.mp4"));
    await writeFile(at("short.mp4"), whole.subarray(0, Math.floor(whole.length * 0.6)));
    const seen: number[] = [];
    const read = async () => {
      for await (const { index } of readFrames(await probeVideo(video("short.mp4")))) seen.push(index);
    };
    const error = await read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CutShortError);
    expect((error as Error).message).toMatch(
      /short\.mp4: expected 90 frames, got \d+ \(\d\.\d s\): the video is cut short/,
    );
    expect((error as Error).message).not.toContain("\n");
    expect(seen.length).toBeGreaterThan(20);
    expect((error as CutShortError).frames).toBe(seen.length);
  });

  test("what is no video is said in one line", async () => {
    const message = async (name: string) => {
      const error = await frames(name).then(
        () => new Error("no error"),
        (reason: Error) => reason,
      );
      expect(error.message).not.toContain("\n");
      return error.message.replace(folder, "");
    };
    await writeFile(at("text.mp4"), "this is no video\n".repeat(100));
    await writeFile(at("empty.mp4"), "");
    const whole = await readFile(at("plain.mp4"));
    await writeFile(at("headless.mp4"), whole.subarray(0, whole.length / 2));
    // A codec nobody knows: the four letters of H.264 changed.
    const odd = Buffer.from(whole);
    for (let i = odd.indexOf("avc1"); i >= 0; i = odd.indexOf("avc1", i + 1)) odd.write("zzzz", i);
    await writeFile(at("odd.mp4"), odd);
    expect(await message("text.mp4")).toBe(
      "/text.mp4: expected a video that ffmpeg can read, got: Invalid data found when processing input",
    );
    expect(await message("empty.mp4")).toBe("/empty.mp4: expected a video, got an empty file");
    expect(await message("no.mp4")).toBe("/no.mp4: expected a video, got nothing there");
    expect(await message("headless.mp4")).toMatch(/headless.mp4: expected a whole video, got one cut short/);
    expect(await message("sound-only.m4a")).toBe("/sound-only.m4a: expected a stream of video, got audio");
    expect(await message("odd.mp4")).toBe(
      '/odd.mp4: expected a video codec that this ffmpeg knows, got "zzzz"',
    );
    await expect(probeVideo({ kind: "camera", index: 97 })).rejects.toThrow(
      /^camera:97: expected a camera, got: /,
    );
  });

  test("a name is never an option or a protocol, and a playlist reaches no network", async () => {
    await writeFile(at("-i.mp4"), await readFile(at("plain.mp4")));
    await writeFile(at("a:b 'c'.mp4"), await readFile(at("plain.mp4")));
    const before = process.cwd();
    expect((await frames("a:b 'c'.mp4")).length).toBe(20);
    process.chdir(folder);
    try {
      expect((await probeVideo({ kind: "video", path: "-i.mp4" })).frames).toBe(20);
    } finally {
      process.chdir(before);
    }
    await writeFile(
      at("list.m3u8"),
      "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n",
    );
    const error = await frames("list.m3u8").catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).not.toMatch(/Connection/);
  });

  test("frames go into a file and come out: same rate, size, colours and sound", async () => {
    const info = await probeVideo(video("sound.mp4"));
    const writer = await VideoWriter.open(at("copy.mp4"), { ...info, soundFrom: at("sound.mp4") });
    const originals: VideoFrame[] = [];
    for await (const frame of readFrames(info)) {
      originals.push(frame);
      await writer.write(frame, frame.seconds);
    }
    const written = await writer.close();
    expect(written).toMatchObject({ frames: 90, sound: "copied" });
    expect(written.seconds).toBeCloseTo((90 * 1001) / 30000, 6);
    const copy = await probeVideo(video("copy.mp4"));
    expect(copy).toMatchObject({
      ...{ width: 160, height: 120, frames: 90, hasSound: true, isVariable: false },
      rate: { numerator: 30000, denominator: 1001 },
    });
    const again = await frames("copy.mp4");
    expect(again.map(({ seconds }) => seconds.toFixed(3))).toEqual(
      originals.map(({ seconds }) => seconds.toFixed(3)),
    );
    // Mean difference of the middle frame, in 256ths: lossy, but the same picture, in the same colours.
    const [a, b] = [originals[45], again[45]] as [VideoFrame, VideoFrame];
    const difference =
      a.data.reduce((sum, value, i) => sum + Math.abs(value - (b.data[i] ?? 0)), 0) / a.data.length;
    expect(difference).toBeLessThan(8);
    expect(await readdir(folder)).not.toContainEqual(expect.stringMatching(/\.tmp$/));
  });

  test("a variable rate stays one, odd sizes and every container work", async () => {
    const info = await probeVideo(video("variable.mkv"));
    const times = (await frames("variable.mkv")).map(({ seconds }) => seconds);
    for (const name of ["v.mp4", "v.mov", "v.mkv", "v.webm"]) {
      const writer = await VideoWriter.open(at(name), {
        ...{ width: 33, height: 21, rate: info.rate },
        soundFrom: at("sound.mp4"),
      });
      for (const seconds of times) await writer.write(plain(33, 21, [200, 100, 50]), seconds);
      const { sound } = await writer.close();
      expect(sound).toBe(name === "v.webm" ? "encoded" : "copied");
      const again = await frames(name);
      expect(again).toHaveLength(20);
      // Sound that begins a little before the frames moves all of the file to begin at 0.
      const start = again[0]?.seconds ?? 0;
      expect(start).toBeLessThan(0.05);
      for (const [i, { seconds }] of again.entries()) expect(seconds - start).toBeCloseTo(times[i] ?? 0, 2);
      const [red = 0, green = 0, blue = 0] = colour(again[10] as VideoFrame, 16, 10);
      expect(Math.max(Math.abs(red - 200), Math.abs(green - 100), Math.abs(blue - 50))).toBeLessThan(12);
    }
  });

  test("a film that ends early has sound only as long as it lasts", async () => {
    const info = await probeVideo(video("sound.mp4"));
    const writer = await VideoWriter.open(at("early.mp4"), { ...info, soundFrom: at("sound.mp4") });
    for await (const frame of readFrames(info)) {
      await writer.write(frame, frame.seconds);
      if (frame.index === 29) break;
    }
    await writer.close();
    for (const [kind, duration] of ffprobe(at("early.mp4"), "stream", "codec_type,duration")) {
      expect(Number(duration), kind).toBeCloseTo(1, 0);
      expect(Number(duration), kind).toBeLessThan(1.2);
    }
  });

  test("what cannot be written is said in one line, and nothing is left behind", async () => {
    const options = { width: 64, height: 48, rate: { numerator: 10, denominator: 1 } };
    await expect(VideoWriter.open(at("x.txt"), options)).rejects.toThrow(
      /x\.txt: expected a video's name to end in one of \.mp4, \.m4v, \.mov, \.mkv, \.webm$/,
    );
    await expect(VideoWriter.open(at("no/x.mp4"), options)).rejects.toThrow(
      /no\/x\.mp4: could not be written: ENOENT/,
    );
    const writer = await VideoWriter.open(at("none.mp4"), options);
    expect(await writer.close()).toEqual({ frames: 0, seconds: 0, sound: "none" });
    const other = await VideoWriter.open(at("size.mp4"), options);
    await expect(other.write(plain(32, 48, [0, 0, 0]), 0)).rejects.toThrow(
      "expected frames of 64x48 pixels, got 32x48",
    );
    await other.write(plain(64, 48, [0, 0, 0]), 0);
    await expect(other.write(plain(64, 48, [0, 0, 0]), 0)).rejects.toThrow(
      "expected a time after 0 s, got 0",
    );
    await other.close();
    const names = await readdir(folder);
    expect(names).not.toContain("none.mp4");
    expect(names).toContain("size.mp4");
    expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a file that was there stays until the new one is whole", async () => {
    await writeFile(at("old.mp4"), "old");
    const options = { width: 64, height: 48, rate: { numerator: 10, denominator: 1 } };
    const writer = await VideoWriter.open(at("old.mp4"), options);
    await writer.write(plain(64, 48, [1, 2, 3]), 0);
    expect(await readFile(at("old.mp4"), "utf8")).toBe("old");
    await writer.close();
    expect((await probeVideo(video("old.mp4"))).frames).toBe(1);
  });

  test("of 2,000 frames none is held after it was written", async () => {
    ffmpeg(
      "-f",
      "lavfi",
      "-i",
      "color=gray:s=32x32:r=100:d=20",
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      at("long.mp4"),
    );
    const info = await probeVideo(video("long.mp4"));
    const writer = await VideoWriter.open(at("long-out.mp4"), info);
    let queued = 0;
    const input = (writer as unknown as { input: { writableLength: number } }).input;
    for await (const frame of readFrames(info)) {
      await writer.write(frame, frame.seconds);
      queued = Math.max(queued, input.writableLength);
    }
    expect(await writer.close()).toMatchObject({ frames: 2000 });
    // write() waits until the pipe has taken the frame: not even one is queued beside the stream's own 16 KiB.
    expect(queued).toBeLessThanOrEqual(16 * 1024);
  });

  const script = `
    import { probeVideo } from ${JSON.stringify(resolve("datasets/video/probe-video.ts"))};
    import { readFrames } from ${JSON.stringify(resolve("datasets/video/read-frames.ts"))};
    import { VideoWriter } from ${JSON.stringify(resolve("datasets/video/video-writer.ts"))};
    const [from, to] = process.argv.slice(2);
    const control = new AbortController();
    process.once("SIGINT", () => control.abort());
    const info = await probeVideo({ kind: "video", path: from });
    const writer = await VideoWriter.open(to, info);
    try {
      for await (const frame of readFrames(info, { signal: control.signal })) {
        await writer.write(frame, frame.seconds);
        if (frame.index === 20) process.stdout.write("going");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } finally {
      await writer.close();
    }
  `;

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    test(`${signal} in the middle: what was done can be played, and no ffmpeg is left`, async () => {
      ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=30:d=60", "-pix_fmt", "yuv420p", at("minute.mp4"));
      await writeFile(at("copy.mts"), script);
      const out = at(`${signal}.mp4`);
      const child = spawn(process.execPath, ["--import", "tsx", at("copy.mts"), at("minute.mp4"), out], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = new Promise<void>((done) => child.once("close", () => done()));
      await Promise.race([new Promise((going) => child.stdout.once("data", going)), ended]);
      child.kill(signal);
      await ended;
      // A killed process finishes nothing: ffmpeg itself does, at the end of its pipe.
      const processes = async () => {
        const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
        const lines = await Promise.all(
          ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")),
        );
        return lines.filter((line) => line.startsWith("ffmpeg") && line.includes(folder));
      };
      for (let i = 0; i < 100 && (await processes()).length > 0; i += 1) await sleep(50);
      expect(await processes()).toEqual([]);
      const names = await readdir(folder);
      const unfinished = names.filter((name) => name.endsWith(".tmp"));
      const file = signal === "SIGINT" ? `${signal}.mp4` : (unfinished[0] ?? "none");
      expect(unfinished).toHaveLength(signal === "SIGINT" ? 0 : 1);
      const kept = await frames(file);
      expect(kept.length).toBeGreaterThan(10);
      expect(kept.length).toBeLessThan(1800);
      for (const name of unfinished) await rm(at(name));
    });
  }
});
