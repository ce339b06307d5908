import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pose } from "../../src/infer/detect-poses.ts";
import { TEST_ENGINE } from "../engine.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAX_BYTES = 100_000;
/** In the astronaut's photograph, 320 pixels wide. */
const NOSE = { x: 140, y: 75 };

let server: { readonly child: ChildProcess; readonly port: number };
beforeAll(async () => {
  server = await startServer();
}, 60_000);
afterAll(() => {
  server.child.kill("SIGKILL");
});

/** The example as a user of a clone starts it, with room for one picture at a time. */
async function startServer(): Promise<typeof server> {
  const child = spawn(process.execPath, ["--import", "tsx", "docs/http-server.ts"], {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: "0",
      MAX_REQUESTS: "1",
      MAX_BYTES: String(MAX_BYTES),
      DYPOSE_ENGINE: TEST_ENGINE,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const port = Number(line.match(/^listening on http:\/\/localhost:(\d+)$/)?.[1]);
  return { child, port };
}

function open(method: string, path: string, headers: IncomingHttpHeaders = {}): ClientRequest {
  return request({ port: server.port, method, path, headers, agent: false });
}

async function answerTo(asked: ClientRequest) {
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await json(response) };
}

function post(body: Uint8Array) {
  return answerTo(open("POST", "/v1/poses").end(body));
}

async function ask(method: string, path: string) {
  return answerTo(open(method, path).end());
}

/** A request that has its place, and its picture still on its way. */
async function openHalfSent(): Promise<ClientRequest> {
  const half = open("POST", "/v1/poses");
  half.write((await photograph()).subarray(0, 1000));
  await expect.poll(async () => (await ask("GET", "/healthz")).body).toMatchObject({ requests: 1 });
  return half;
}

function photograph(): Promise<Buffer> {
  return sharp(join(ROOT, "docs", "astronaut.jpg"))
    .resize(320)
    .jpeg()
    .toBuffer();
}

test("a photograph is answered with everybody's pose, as dypose infer writes it", async () => {
  const { status, headers, body } = await post(await photograph());
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("application/json");
  const poses = body as Pose[];
  expect(poses).toHaveLength(1);
  // Her face is at the top, a little left of the middle.
  const nose = poses[0]?.keypoints.find(({ name }) => name === "nose");
  expect(Math.hypot((nose?.x ?? 0) - NOSE.x, (nose?.y ?? 0) - NOSE.y)).toBeLessThan(15);
});

test("a picture of nobody is answered with an empty list", async () => {
  const grey = sharp({ create: { width: 90, height: 60, channels: 3, background: "grey" } });
  expect(await post(await grey.png().toBuffer())).toMatchObject({ status: 200, body: [] });
});

test("what is no picture, a picture cut short and an empty body are the client's mistake", async () => {
  for (const bytes of [Buffer.from("hello"), (await photograph()).subarray(0, 2000), Buffer.alloc(0)]) {
    const { status, body } = await post(bytes);
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.stringMatching(/^expected a picture .*, got: ./) });
  }
});

test("a body over the limit is refused, by its length before it is sent, or when it has become too long", async () => {
  const announced = open("POST", "/v1/poses", { "content-length": String(MAX_BYTES + 1) });
  announced.flushHeaders();
  const chunked = open("POST", "/v1/poses");
  for (const [asked, send] of [
    [announced, () => {}],
    [chunked, () => chunked.write(Buffer.alloc(MAX_BYTES + 1))],
  ] as const) {
    const answer = answerTo(asked);
    send();
    expect(await answer).toMatchObject({
      status: 413,
      body: { error: `expected a picture of at most ${MAX_BYTES} bytes` },
    });
    asked.destroy();
  }
});

test("with its places taken it says when to try again, and is in health all the same", async () => {
  const half = await openHalfSent();
  const refused = await post(await photograph());
  expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(await ask("GET", "/healthz")).toMatchObject({ status: 200, body: { status: "ok", requests: 1 } });

  const answer = answerTo(half);
  half.end((await photograph()).subarray(1000));
  expect((await answer).status).toBe(200);
  expect((await post(await photograph())).status).toBe(200);
});

test("a client who goes away in the middle of a picture gives its place back", async () => {
  const half = await openHalfSent();
  half.on("error", () => {}).destroy();
  await expect.poll(async () => (await ask("GET", "/healthz")).body).toMatchObject({ requests: 0 });
  expect((await post(await photograph())).status).toBe(200);
});

test("other paths and methods are told what there is", async () => {
  expect((await ask("GET", "/")).status).toBe(404);
  expect(await ask("GET", "/v1/poses")).toMatchObject({ status: 405, headers: { allow: "POST" } });
});

test("SIGTERM ends it after the picture in progress, which still gets its answer", async () => {
  const half = await openHalfSent();
  const ended = once(server.child, "exit");
  server.child.kill("SIGTERM");
  await expect.poll(() => ask("GET", "/healthz").catch(({ code }) => code)).toBe("ECONNREFUSED");
  const answer = answerTo(half);
  half.end((await photograph()).subarray(1000));
  expect((await answer).status).toBe(200);
  expect(await ended).toEqual([0, null]);
});
