import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UNFINISHED_FILE, writeAtomic } from "../../../datasets/files/write-atomic.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-atomic-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("parts are written in order, and nothing else is left in the folder", async () => {
  await writeAtomic(join(folder, "a"), ["é", new Uint8Array([33]), "!"]);
  expect(await readFile(join(folder, "a"), "utf8")).toBe("é!!");
  expect(await readdir(folder)).toEqual(["a"]);
});

test("a write that fails half way leaves the old file and no temporary one, and names the path", async () => {
  const path = join(folder, "a");
  await writeFile(path, "old");
  function* parts() {
    yield "new";
    throw new Error("the source broke");
  }
  await expect(writeAtomic(path, parts())).rejects.toThrow(`${path}: could not be written: the source broke`);
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["a"]);
});

test("a folder that does not exist is named in the error", async () => {
  const path = join(folder, "none", "a");
  await expect(writeAtomic(path, ["x"])).rejects.toThrow(path);
});

test("what a killed process leaves behind is recognised, what it should not touch is not", () => {
  expect(UNFINISHED_FILE.test(".step-000000002.safetensors.123-1.tmp")).toBe(true);
  expect(UNFINISHED_FILE.test("step-000000002.safetensors")).toBe(false);
  expect(UNFINISHED_FILE.test("notes.tmp")).toBe(false);
});

// A limit on the size of files stands in for a disk that is full: the write fails half way in the same place.
test.skipIf(process.platform === "win32")(
  "where the disk takes only a part, the old file stays",
  async () => {
    const path = join(folder, "a");
    await writeFile(path, "old");
    const module = fileURLToPath(new URL("../../../datasets/files/write-atomic.ts", import.meta.url));
    const script = `import(${JSON.stringify(module)})
    .then(({ writeAtomic }) => writeAtomic(${JSON.stringify(path)}, [new Uint8Array(100_000)]))
    .catch((error) => console.log(error.message))`;
    // 64 blocks of 1024 bytes.
    const command = 'trap "" XFSZ; ulimit -f 64; exec "$0" --import tsx --eval "$1"';
    const { stdout } = await promisify(execFile)("bash", ["-c", command, process.execPath, script]);
    expect(stdout).toContain(`${path}: could not be written: EFBIG`);
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["a"]);
  },
);
