import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { download } from "../../../datasets/fetch/download.ts";
import { type Archive, COCO_ARCHIVES, fetchCoco } from "../../../datasets/fetch/fetch-coco.ts";
import { zipFile } from "../files/zip-file.ts";

const CONTENT = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 31 + (index >> 8)) & 255));
const sha1 = (content: Uint8Array) => createHash("sha1").update(content).digest("hex");
const SHA1 = sha1(CONTENT);
/** Several tries at once, without waiting. */
const RETRY = { tries: 3, pause: 1 };

let server: Server;
let site: string;
let folder: string;
/** What the server does with the next requests, first to last; then it serves CONTENT plainly. */
let script: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
let ranges: (string | undefined)[] = [];
let files: Record<string, Buffer> = {};
/** Bytes that the client says it has. */
let received = 0;
const onProgress = (bytes: number) => {
  received = bytes;
};

beforeAll(async () => {
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const act = script.shift() ?? serve();
    act(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-fetch-"));
  script = [];
  ranges = [];
  received = 0;
  files = { "/file": CONTENT };
  return () => rm(folder, { recursive: true, force: true });
});

/** Serves a file, honouring ranges, and breaks the connection after `breakAt` bytes. */
function serve({ breakAt = Number.POSITIVE_INFINITY, etag = '"v1"', withRanges = true } = {}) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const content = files[request.url ?? ""];
    if (!content) return void response.writeHead(404).end();
    const asked = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN);
    const isSame = request.headers["if-range"] === etag;
    const start = withRanges && isSame && asked >= 0 ? asked : 0;
    const headers = { etag, "content-length": content.length - start };
    if (start > 0) {
      response.writeHead(206, {
        ...headers,
        "content-range": `bytes ${start}-${content.length - 1}/${content.length}`,
      });
    } else response.writeHead(200, headers);
    const body = content.subarray(start, start + breakAt);
    if (body.length === content.length - start) return void response.end(body);
    response.write(body);
    // The line goes dead once what was written has arrived.
    const watch = setInterval(() => {
      if (received < start + breakAt) return;
      clearInterval(watch);
      response.destroy();
    }, 2);
  };
}
const answer = (status: number) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(status).end();
const target = () => join(folder, "file.bin");

test("a file arrives whole, and nothing else stays", async () => {
  await download(`${site}/file`, target(), { sha1: SHA1, onProgress });
  expect(sha1(await readFile(target()))).toBe(SHA1);
  expect(await readdir(folder)).toEqual(["file.bin"]);
  expect(received).toBe(50_000);
});

test("a connection that breaks is gone on with where it broke", async () => {
  script = [serve({ breakAt: 20_000 }), serve({ breakAt: 10_000 })];
  await download(`${site}/file`, target(), { sha1: SHA1, ...RETRY, onProgress });
  expect(sha1(await readFile(target()))).toBe(SHA1);
  expect(ranges).toEqual([undefined, "bytes=20000-", "bytes=30000-"]);
});

test("a later process goes on with what an earlier one left", async () => {
  await writeFile(`${target()}.part`, CONTENT.subarray(0, 12_345));
  await writeFile(`${target()}.part.etag`, '"v1"');
  await download(`${site}/file`, target(), { sha1: SHA1 });
  expect(ranges).toEqual(["bytes=12345-"]);
  expect(sha1(await readFile(target()))).toBe(SHA1);
});

test("a file that changed on the server is begun anew", async () => {
  await writeFile(`${target()}.part`, Buffer.alloc(60_000, 7));
  await writeFile(`${target()}.part.etag`, '"v0"');
  await download(`${site}/file`, target(), { sha1: SHA1 });
  expect(sha1(await readFile(target()))).toBe(SHA1);
});

test("a server without ranges is begun anew", async () => {
  script = [serve({ breakAt: 20_000, withRanges: false }), serve({ withRanges: false })];
  await download(`${site}/file`, target(), { sha1: SHA1, ...RETRY, onProgress });
  expect(sha1(await readFile(target()))).toBe(SHA1);
});

test("a wrong hash is an error, and leaves neither file nor part", async () => {
  await expect(download(`${site}/file`, target(), { sha1: "0".repeat(40) })).rejects.toThrow(
    `${site}/file: expected SHA-1 ${"0".repeat(40)}, got ${SHA1}: deleted, try again`,
  );
  expect((await readdir(folder)).filter((name) => !name.endsWith(".etag"))).toEqual([]);
});

test("a refusal is final, a busy server is asked again", async () => {
  await expect(download(`${site}/nowhere`, target(), { sha1: SHA1, ...RETRY })).rejects.toThrow(/got 404/);
  expect(ranges).toHaveLength(1);
  script = [answer(503), answer(503)];
  await download(`${site}/file`, target(), { sha1: SHA1, ...RETRY });
  expect(ranges).toHaveLength(4);
});

test("a server that never answers well is given up, with the reason", async () => {
  script = [answer(500), answer(500), answer(500)];
  await expect(download(`${site}/file`, target(), { sha1: SHA1, ...RETRY })).rejects.toThrow(
    /expected a steady connection, got: .*500.* \(3 times\)/,
  );
  await expect(download("http://127.0.0.1:1/file", target(), { sha1: SHA1, ...RETRY })).rejects.toThrow(
    /3 times/,
  );
});

/** COCO's archives, with a few small files in each. */
function smallArchives(): Archive[] {
  const entries: Record<Archive["name"], string[]> = {
    annotations: ["annotations/person_keypoints_val2017.json", "annotations/captions_val2017.json"],
    val2017: ["val2017/000000000139.jpg", "val2017/000000000285.jpg"],
    train2017: ["train2017/000000000009.jpg"],
  };
  return COCO_ARCHIVES.map((archive) => {
    const zip = zipFile(entries[archive.name].map((name) => ({ name, content: `content of ${name}` })));
    files[`/${archive.path}`] = zip;
    return { ...archive, bytes: zip.length, sha1: sha1(zip) };
  });
}

test("COCO arrives in its layout, without what is not needed", async () => {
  const out = join(folder, "coco");
  const archives = smallArchives();
  expect(await fetchCoco({ out, site, archives })).toEqual(["annotations", "val2017", "train2017"]);
  const found = (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1));
  expect(found.sort()).toEqual([
    "annotations/person_keypoints_val2017.json",
    "train2017/000000000009.jpg",
    "val2017/000000000139.jpg",
    "val2017/000000000285.jpg",
  ]);
});

test("parts that are there are not fetched again", async () => {
  const out = join(folder, "coco");
  const archives = smallArchives();
  expect(await fetchCoco({ out, site, archives, parts: ["val2017"], keepArchives: true })).toEqual([
    "val2017",
  ]);
  expect(await readdir(out)).toEqual(["val2017", "val2017.zip"]);
  ranges = [];
  expect(await fetchCoco({ out, site, archives, parts: ["val2017"] })).toEqual([]);
  // A zip file that is there is unpacked without asking the server.
  await rm(join(out, "val2017"), { recursive: true });
  expect(await fetchCoco({ out, site, archives, parts: ["val2017"] })).toEqual(["val2017"]);
  expect(ranges).toEqual([]);
});

test("a disk that is too small is found out before the download", async () => {
  const archives = smallArchives().map((archive) => ({ ...archive, bytes: 1e18 }));
  await expect(fetchCoco({ out: folder, site, archives })).rejects.toThrow(
    /expected 2000000000\.0 GB of free disk/,
  );
  expect(ranges).toEqual([]);
});
