import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { unpackZip } from "../../../datasets/files/zip.ts";
import { type ZipEntry, zipFile } from "./zip-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-unzip-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function unpack(
  name: string,
  entries: readonly ZipEntry[],
  wanted = (_: string) => true,
): Promise<number> {
  const zip = join(folder, `${name}.zip`);
  await writeFile(zip, zipFile(entries));
  await mkdir(join(folder, name));
  return unpackZip(zip, join(folder, name), wanted);
}

test("files come out whole, in their folders, unwanted ones left out", async () => {
  const entries = [
    { name: "a/", content: "" },
    { name: "a/one.txt", content: "one" },
    { name: "a/b/two.txt", content: "two" },
    { name: "three.txt", content: "3" },
  ];
  expect(await unpack("sound", entries, (entry) => entry.startsWith("a/"))).toBe(2);
  expect(await readFile(join(folder, "sound/a/one.txt"), "utf8")).toBe("one");
  expect(await readFile(join(folder, "sound/a/b/two.txt"), "utf8")).toBe("two");
  expect(await readdir(join(folder, "sound"))).toEqual(["a"]);
});

for (const [what, name] of [
  ["upwards", "../evil.txt"],
  ["upwards from within", "a/../../evil.txt"],
  ["to the root", "/tmp/evil.txt"],
] as const) {
  test(`a name that leads ${what} is refused`, async () => {
    const target = `evil-${what.replaceAll(" ", "-")}`;
    await expect(unpack(target, [{ name, content: "evil" }])).rejects.toThrow();
    expect(await readdir(join(folder, target))).toEqual([]);
    expect(await readdir(folder)).not.toContain("evil.txt");
  });
}

test("a link is refused", async () => {
  const link = { name: "link", content: "/etc/passwd", mode: 0o120777 };
  await expect(unpack("link", [link])).rejects.toThrow(
    "link.zip link: expected a plain file, got one of type 0120000",
  );
});

test("a file that does not match its checksum is refused", async () => {
  await expect(unpack("damaged", [{ name: "x", content: "abc", crc: 1 }])).rejects.toThrow(
    /damaged\.zip x: expected CRC-32 1, got \d+/,
  );
});

test("two files of one name are refused: the second would replace the first", async () => {
  const twice = [
    { name: "x", content: "first" },
    { name: "x", content: "second" },
  ];
  await expect(unpack("twice", twice)).rejects.toThrow(/twice\.zip x: expected a whole file, got: EEXIST/);
});

test("what is not a zip file is named", async () => {
  const path = join(folder, "text.zip");
  await writeFile(path, "just some text that is longer than the twenty-two bytes of the end of a zip file");
  await expect(unpackZip(path, folder, () => true)).rejects.toThrow(/text\.zip: expected a zip file/);
});
