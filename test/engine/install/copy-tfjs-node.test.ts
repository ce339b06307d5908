import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyTfjsNode } from "../../../src/engine/install/copy-tfjs-node.ts";
import { TFJS_NODE, tfjsNodeFolder } from "../../../src/engine/tfjs-node.ts";
import { enterSandbox, type Sandbox } from "./fake-tools.ts";

let sandbox: Sandbox;
let engine: string;

beforeEach(() => {
  sandbox = enterSandbox();
  engine = join(sandbox.folder, "engine");
  mkdirSync(engine);
});

afterEach(() => sandbox.remove());

/** A small package laid out as tfjs-node is, as npm would pack it; its checksum. */
function makeTarball(path: string): string {
  const files: Record<string, string> = {
    "package.json": JSON.stringify({ name: TFJS_NODE.name, version: TFJS_NODE.version }),
    "README.md": "read me",
    "binding/tfjs_binding.cc": "source",
    "dist/nodejs_kernel_backend.js": "exports.NodeJSKernelBackend = class {};",
    "dist/nodejs_kernel_backend_test.js": "not needed",
    "dist/nodejs_kernel_backend.d.ts": "not needed",
    "scripts/install.js": "throw new Error('ran')",
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(sandbox.folder, "packing/package", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const env = { ...process.env, PATH: "/usr/bin:/bin" };
  execFileSync("tar", ["-czf", path, "-C", join(sandbox.folder, "packing"), "package"], { env });
  return `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
}

/** An npm that "packs" with `pack`, a JavaScript statement that knows `args` and `dest`, and the machine's own tar. */
function addTools(pack: string): void {
  sandbox.tool(
    "npm",
    `const args = process.argv.slice(2);
     fs.writeFileSync(${JSON.stringify(join(sandbox.folder, "npm-args"))}, JSON.stringify(args));
     const dest = args[args.indexOf("--pack-destination") + 1];
     ${pack}`,
  );
  sandbox.tool(
    "tar",
    `const { status } = require("child_process").spawnSync("tar", process.argv.slice(2), { env: { PATH: "/usr/bin:/bin" }, stdio: "inherit" });
     process.exit(status);`,
  );
}

const copyTo = (tarball: string) =>
  `fs.copyFileSync(${JSON.stringify(tarball)}, path.join(dest, "tensorflow-tfjs-node-gpu.tgz"));`;

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test("where the package is not installed, npm fetches just that version, without its scripts", async () => {
  const tarball = join(sandbox.folder, "package.tgz");
  const integrity = makeTarball(tarball);
  addTools(copyTo(tarball));
  const steps: string[] = [];
  await copyTfjsNode(engine, { packaged: null, integrity, step: (line) => steps.push(line) });
  expect(steps).toEqual([`downloading ${TFJS_NODE.name}@${TFJS_NODE.version} with npm`]);
  const args = JSON.parse(readFileSync(join(sandbox.folder, "npm-args"), "utf8"));
  expect(args.slice(0, 3)).toEqual(["pack", `${TFJS_NODE.name}@${TFJS_NODE.version}`, "--ignore-scripts"]);
  expect(filesOf(tfjsNodeFolder(engine))).toEqual([
    "README.md",
    "binding/tfjs_binding.cc",
    "dist/nodejs_kernel_backend.js",
    "node_modules/@tensorflow/tfjs-core/index.js",
    "node_modules/@tensorflow/tfjs/index.js",
    "node_modules/google-protobuf/index.js",
    "package.json",
  ]);
  expect(readdirSync(engine)).toHaveLength(1); // nothing temporary is left
});

test("where the package is installed nothing is fetched", async () => {
  addTools("process.exit(1);");
  await copyTfjsNode(engine);
  expect(existsSync(join(sandbox.folder, "npm-args"))).toBe(false);
  expect(existsSync(join(tfjsNodeFolder(engine), "dist/register_all_kernels.js"))).toBe(true);
});

test("two copies at once leave one", async () => {
  await Promise.all([copyTfjsNode(engine), copyTfjsNode(engine)]);
  expect(readdirSync(engine)).toHaveLength(1);
});

/** What goes wrong, the tools that make it so, and the line that says it. */
const failures: [name: string, prepare: () => void, message: RegExp][] = [
  ["no npm", () => {}, /expected npm \(it downloads @tensorflow\/tfjs-node-gpu@\S+\), got none on PATH/],
  [
    "no network",
    () =>
      addTools(
        `console.error("npm error code ENOTFOUND\\nnpm error errno ENOTFOUND\\nnpm error network request to x failed"); process.exit(1);`,
      ),
    /expected npm to download \S+, got "network request to x failed"/,
  ],
  [
    "another package than the one known",
    () => {
      const tarball = join(sandbox.folder, "package.tgz");
      makeTarball(tarball);
      addTools(copyTo(tarball));
    },
    /tensorflow-tfjs-node-gpu\.tgz: expected sha512-p\/\/NN6\S+, got sha512-\S+/,
  ],
  ["an npm that writes nothing", () => addTools(""), /expected npm to download \S+, got no file/],
];

for (const [name, prepare, message] of failures) {
  test(`${name} is an error in one line that leaves nothing behind`, async () => {
    prepare();
    const error = await copyTfjsNode(engine, { packaged: null }).then(
      () => new Error("copied"),
      (error: Error) => error,
    );
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(readdirSync(engine)).toEqual([]);
  });
}
