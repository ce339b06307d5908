import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expandSources, type Source } from "../../../datasets/sources/expand-sources.ts";
import { outputNames } from "../../../datasets/sources/output-names.ts";
import { directShowCameras, nameOfSource } from "../../../datasets/video/video-source.ts";

let folder: string;
const at = (name: string) => join(folder, name);
const short = (sources: readonly Source[]) =>
  sources.map((source) => {
    const name = source.kind === "picture" ? source.path : nameOfSource(source);
    return `${source.kind} ${name.startsWith(folder) ? relative(folder, name) : name}`;
  });
const expanded = async (...args: string[]) => short(await expandSources(args));
const failure = async (...args: string[]) => {
  const error = await expandSources(args).then(
    () => new Error("no error"),
    (reason: Error) => reason,
  );
  expect(error.message).not.toContain("\n");
  return error.message.replaceAll(`${folder}/`, "");
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-sources-"));
  for (const name of ["a/deep", "b", "none", "odd [1]"]) await mkdir(at(name), { recursive: true });
  for (const name of [
    "a/img10.jpg",
    "a/img2.JPG",
    "a/.hidden.jpg",
    "a/deep/x.png",
    "b/img2.jpg",
    "b/clip.mp4",
    "odd [1]/y.png",
  ]) {
    await writeFile(at(name), "");
  }
  await writeFile(at("a/notes.md"), "");
  await writeFile(at("b/list.txt"), "# pictures\n\nimg2.jpg\r\n../a/*.jpg\nrtsp://me:secret@cam/1\n");
  await writeFile(at("odd [1]/list.txt"), "*.png\n");
  await writeFile(at("b/bad.txt"), "img2.jpg\nimg3.jpg\n");
  await writeFile(at("b/other.txt"), "list.txt\n");
  await writeFile(at("b/empty.txt"), "\n# nothing\n");
  await writeFile(
    at("nameless"),
    await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
      .png()
      .toBuffer(),
  );
  await writeFile(at("text.bin"), "neither");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("pictures, videos, folders and patterns, in the order given, numbers counted as numbers", async () => {
  expect(await expanded(at("b/clip.mp4"), at("a"))).toEqual([
    "video b/clip.mp4",
    "picture a/img2.JPG",
    "picture a/img10.jpg",
  ]);
  expect(await expanded(at("b"))).toEqual(["video b/clip.mp4", "picture b/img2.jpg"]);
  expect(await expanded(at("**/*.png"))).toEqual(["picture a/deep/x.png", "picture odd [1]/y.png"]);
  expect(await expanded(at("{a,b}/img*.jpg"))).toEqual(["picture a/img10.jpg", "picture b/img2.jpg"]);
});

test("a name that looks like a pattern and is there is what it names", async () => {
  expect(await expanded(at("odd [1]"))).toEqual(["picture odd [1]/y.png"]);
  expect(await expanded(at("odd [1]/list.txt"))).toEqual(["picture odd [1]/y.png"]);
});

test("lists name sources beside them", async () => {
  expect(await expanded(at("b/list.txt"))).toEqual([
    "picture b/img2.jpg",
    "picture a/img10.jpg",
    "stream rtsp://cam/1",
  ]);
});

test("what is named twice is taken once", async () => {
  expect(await expanded(at("b/img2.jpg"), at("b"), at("a/../b/*.jpg"))).toEqual([
    "picture b/img2.jpg",
    "video b/clip.mp4",
  ]);
});

test("cameras and streams; a password is not shown", async () => {
  expect(await expanded("camera:0", "RTSP://a:b@host:554/live", "camera:12")).toEqual([
    "camera camera:0",
    "stream RTSP://host:554/live",
    "camera camera:12",
  ]);
  expect(await failure("camera:front")).toBe("camera:front: expected a camera's number, as in camera:0");
});

test("a file without a telling name is looked into", async () => {
  expect(await expanded(at("nameless"))).toEqual(["picture nameless"]);
  expect(await failure(at("text.bin"))).toMatch(
    /^text\.bin: expected a picture or a video, got (neither|something else)/,
  );
});

test("what is not there is said with the nearest name", async () => {
  expect(await failure(at("a/img3.JPG"))).toBe(
    "a/img3.JPG: expected a picture, a video, a folder, a pattern, a list, camera:0 or rtsp://…, got nothing there; the nearest name there is a/img2.JPG",
  );
  expect(await failure("http://example.org/a.jpg")).toMatch(/got an address of another kind$/);
  expect(await failure(at("nowhere/at/all.jpg"))).toMatch(/got nothing there$/);
});

test("folders, patterns and lists that give nothing are errors", async () => {
  expect(await failure(at("none"))).toBe("none: expected a folder with pictures or videos, got no files");
  await mkdir(at("c/a"), { recursive: true });
  await writeFile(at("c/readme.md"), "");
  expect(await failure(at("c"))).toBe(
    'c: expected a folder with pictures or videos, got 1 file(s) of other kinds and 1 folder(s); "c/**" looks into them',
  );
  expect(await failure(at("a/*.bmp"))).toBe("a/*.bmp: expected pictures or videos that match, got none");
  expect(await failure(at("a/*.md"))).toBe(
    "a/*.md: expected pictures or videos that match, got 1 file(s) of other kinds",
  );
  expect(await failure(at("b/bad.txt"))).toMatch(
    /^b\/bad\.txt line 2: b\/img3\.jpg: expected .*nearest name there is b\/img2\.jpg$/,
  );
  expect(await failure(at("b/other.txt"))).toBe(
    "b/other.txt line 1: expected a picture, a video or a folder, got another list",
  );
  expect(await failure(at("b/empty.txt"))).toBe("b/empty.txt: expected a source a line, got none");
});

const picture = (path: string): Source => ({ kind: "picture", path });

test("names are the files' own; who shares one gets folders in front", () => {
  const names = outputNames(["/p/a/x.jpg", "/p/b/x.jpg", "/p/b/y.jpg", "/q/b/X.jpg"].map(picture));
  expect(names).toEqual(["a_x", "p_b_x", "y", "q_b_X"]);
  expect(
    outputNames([picture("/p/x.jpg"), picture("/p/x.png"), { kind: "video", path: "/p/y.mp4" }]),
  ).toEqual(["x_jpg", "x_png", "y"]);
  expect(
    outputNames([
      { kind: "camera", index: 0 },
      { kind: "stream", url: "rtsp://me:pw@host:554/a/b?c=1" },
    ]),
  ).toEqual(["camera-0", "rtsp-host-554-a-b-c-1"]);
});

test("names are always different, never too long, and do not depend on the order", () => {
  const part = fc.constantFrom("a", "b", "A", "a_b", "x", "ä", "a\u0308", "é".repeat(120), "長".repeat(80));
  const path = fc
    .tuple(fc.array(part, { maxLength: 3 }), part, fc.constantFrom(".jpg", ".png", ""))
    .map(([folders, stem, extension]) => `/${[...folders, stem + extension].join("/")}`);
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), (paths) => {
      const names = outputNames(paths.map(picture));
      const folded = names.map((name) => name.normalize("NFC").toLowerCase());
      expect(new Set(folded).size).toBe(paths.length);
      // With room for ".pose.jpg" and the unfinished file's dot, process and number.
      for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(215);
      expect(outputNames([...paths].reverse().map(picture)).reverse()).toEqual(names);
      for (const name of names) expect(name).not.toMatch(/[/\\]/);
    }),
  );
});

test("Windows' cameras are read off ffmpeg's list, old and new", () => {
  const now = [
    '[dshow @ 0x1] "HD Webcam" (video)',
    '[dshow @ 0x1]   Alternative name "@device_pnp"',
    '[dshow @ 0x1] "Mic" (audio)',
    '[dshow @ 0x1] "OBS" (video)',
  ];
  expect(directShowCameras(now)).toEqual(["HD Webcam", "OBS"]);
  const before = [
    "[dshow @ 0x1] DirectShow video devices",
    '[dshow @ 0x1]  "HD Webcam"',
    "[dshow @ 0x1] DirectShow audio devices",
    '[dshow @ 0x1]  "Mic"',
  ];
  expect(directShowCameras(before)).toEqual(["HD Webcam"]);
});
