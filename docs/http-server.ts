/** Poses over HTTP: http-server.md says what it answers. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import type { Pose } from "dypose";
import sharp from "sharp";

const PORT = Number(process.env["PORT"] ?? 8080);
/** Of a picture as it is sent. */
const MAX_BYTES = Number(process.env["MAX_BYTES"] ?? 10e6);
/** Of a picture once it is unpacked: a file of a few kilobytes can be gigabytes of pixels. */
const MAX_PIXELS = 40e6;
/** Pictures in the house at a time, those still on their way included. */
const MAX_REQUESTS = Number(process.env["MAX_REQUESTS"] ?? 16);
/** For the last pictures, once the process has been told to end. */
const GRACE_MS = 30_000;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** R, G, B of each pixel, row by row. */
  readonly data: Uint8Array;
}

export interface Question {
  readonly id: number;
  readonly image: Pixels;
}

export type Answer =
  | "ready"
  | { readonly id: number; readonly poses: Pose[] }
  | { readonly id: number; readonly error: string };

/** What a client did wrong, or has to try again later. */
class HttpError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

const waiting = new Map<number, { resolve: (poses: Pose[]) => void; reject: (error: Error) => void }>();
let asked = 0;
let requests = 0;
let isStopping = false;

const worker = await startWorker();
const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
  handle(request)
    .catch((error: Error) => failure(error))
    .then(({ status, body, headers }) => send(response, status, body, headers));
});
server.listen(PORT, () => {
  console.log(`listening on http://localhost:${(server.address() as AddressInfo).port}`);
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

async function handle(request: IncomingMessage): Promise<Reply> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/healthz") {
    return { status: isStopping ? 503 : 200, body: { status: isStopping ? "stopping" : "ok", requests } };
  }
  if (pathname !== "/v1/poses") throw new HttpError(404, `expected /v1/poses or /healthz, got ${pathname}`);
  if (request.method !== "POST") {
    throw new HttpError(405, `expected POST, got ${request.method}`, { allow: "POST" });
  }
  if (isStopping || requests >= MAX_REQUESTS) {
    throw new HttpError(503, `expected fewer than ${MAX_REQUESTS} pictures at a time; try again`, {
      "retry-after": "1",
      connection: "close",
    });
  }
  requests++;
  try {
    const image = await decode(await readBody(request));
    return { status: 200, body: await findPoses(image) };
  } finally {
    requests--;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () =>
    new HttpError(413, `expected a picture of at most ${MAX_BYTES} bytes`, { connection: "close" });
  if (Number(request.headers["content-length"]) > MAX_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when it is left early: the answer goes through the same socket.
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (!request.errored) throw error;
    throw new HttpError(400, `expected a whole picture, got the connection's end after ${bytes} bytes`);
  }
  return Buffer.concat(chunks);
}

/** Upright, sRGB, 8 bits. Here and not in the worker: sharp has threads of its own, and bad pictures end here. */
async function decode(bytes: Buffer): Promise<Pixels> {
  try {
    const { data, info } = await sharp(bytes, { failOn: "error", limitInputPixels: MAX_PIXELS })
      .autoOrient()
      .removeAlpha()
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n", 1);
    throw new HttpError(400, `expected a picture (JPEG, PNG, WebP, ...), got: ${reason}`);
  }
}

function findPoses(image: Pixels): Promise<Pose[]> {
  const id = asked++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.send({ id, image } satisfies Question);
  });
}

async function startWorker(): Promise<ChildProcess> {
  // The worker's file is beside this one: JavaScript when compiled.
  const file = new URL(`./http-worker${extname(import.meta.url)}`, import.meta.url);
  const child = fork(file, { serialization: "advanced" });
  const refused = once(child, "exit").then(() => {
    throw new Error("http-worker: expected it to start, got its end; the reason is above");
  });
  await Promise.race([once(child, "message"), refused]);
  refused.catch(() => {});
  child.on("message", (answer: Exclude<Answer, "ready">) => {
    const question = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("poses" in answer) question?.resolve(answer.poses);
    else question?.reject(new Error(answer.error));
  });
  // Nothing works without it: those who wait are told, and whoever started the server starts it again.
  child.on("exit", (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error("the worker ended"));
    waiting.clear();
    if (isStopping) return;
    console.error(`http-worker: ended by itself (${signal ?? code})`);
    process.exitCode = 1;
    stop();
  });
  return child;
}

/** No new requests; those in progress get their answers. */
function stop(): void {
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => process.exit(1), GRACE_MS).unref();
  server.close(() => {
    if (worker.connected) worker.disconnect();
  });
  server.closeIdleConnections();
}

function failure(error: Error): Reply {
  if (error instanceof HttpError) {
    return { status: error.status, body: { error: error.message }, headers: error.headers };
  }
  console.error(error);
  return { status: 500, body: { error: "something went wrong here, not with the request" } };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  // A connection kept open would hold up the end.
  const closing = isStopping ? { connection: "close" } : {};
  response.writeHead(status, { "content-type": "application/json", ...headers, ...closing });
  response.end(text);
}
