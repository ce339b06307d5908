import { spawn } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test as vitestTest } from "vitest";
import {
  bindingPath,
  engineFolder,
  enginesFolder,
  installedEngines,
} from "../../../src/engine/engine-folder.ts";
import { installEngine, removeEngine } from "../../../src/engine/install/install-engine.ts";
import { tfjsNodeFolder } from "../../../src/engine/tfjs-node.ts";
import {
  addCompiler,
  addPip,
  copyWheel,
  enterSandbox,
  REAL_COMPILER,
  type Sandbox,
  tensorflowWheel,
} from "./fake-tools.ts";

/** The sandbox's compiler hands out a binding that a real one made. */
const test = REAL_COMPILER ? vitestTest : vitestTest.skip;
const VERSION = "1.2.3";
const CPU = { device: "cpu", tensorflow: VERSION } as const;

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = enterSandbox();
});

afterEach(() => sandbox.remove());

function addWorkingTools(): void {
  addPip(sandbox, copyWheel(tensorflowWheel(sandbox)));
  addCompiler(sandbox, VERSION);
}

/** Every file below the folder of engines. */
function filesInCache(): string[] {
  if (!existsSync(enginesFolder())) return [];
  return readdirSync(enginesFolder(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(enginesFolder(), join(entry.parentPath, entry.name)))
    .sort();
}

test("an installation keeps the libraries, the C API's headers, the licences and tfjs-node, and nothing else", async () => {
  addWorkingTools();
  const { folder } = await installEngine(CPU);
  expect(folder).toBe(engineFolder(VERSION, "cpu"));
  expect(installedEngines()).toEqual([{ folder, tensorflow: VERSION, device: "cpu" }]);
  const name = relative(enginesFolder(), folder);
  const binding = relative(folder, bindingPath(folder));
  const isTfjsNode = (file: string) => file.startsWith(join(name, relative(folder, tfjsNodeFolder(folder))));
  expect(filesInCache().filter(isTfjsNode).length).toBeGreaterThan(150); // a file for each kernel
  expect(filesInCache().filter((file) => !isTfjsNode(file))).toEqual(
    [
      "engine.json",
      "tensorflow/THIRD_PARTY_NOTICES.txt",
      "tensorflow/include/tensorflow/c/c_api.h",
      "tensorflow/libtensorflow_cc.so.2",
      "tensorflow/libtensorflow_framework.so.2",
      "tensorflow_cpu-1.2.3.dist-info/METADATA",
      binding,
    ].map((file) => join(name, file)),
  );
  expect(readFileSync(join(folder, "tensorflow/libtensorflow_cc.so.2"), "utf8")).toBe("library");
});

test("an engine that is there is left alone if asked so, and replaced otherwise", async () => {
  addWorkingTools();
  const { folder } = await installEngine(CPU);
  const library = join(folder, "tensorflow/libtensorflow_cc.so.2");
  writeFileSync(library, "changed");
  await installEngine({ ...CPU, ifMissing: true });
  expect(sandbox.downloads()).toHaveLength(1);
  expect(readFileSync(library, "utf8")).toBe("changed");
  await installEngine(CPU);
  expect(sandbox.downloads()).toHaveLength(2);
  expect(readFileSync(library, "utf8")).toBe("library");
});

test("a binding for other sources is compiled anew without a download", async () => {
  addWorkingTools();
  const { folder } = await installEngine(CPU);
  renameSync(bindingPath(folder), join(folder, "tfjs_binding-0.0.1.node"));
  expect(installedEngines()).toEqual([]);
  await installEngine({ ...CPU, ifMissing: true });
  expect(sandbox.downloads()).toHaveLength(1);
  expect(installedEngines()).toHaveLength(1);
});

test("an engine without its tfjs-node gets it, and neither a download nor a compiler is needed for that", async () => {
  addWorkingTools();
  const { folder } = await installEngine(CPU);
  rmSync(tfjsNodeFolder(folder), { recursive: true });
  sandbox.tool("g++", "process.exit(1);");
  await installEngine({ ...CPU, ifMissing: true });
  expect(existsSync(join(tfjsNodeFolder(folder), "dist/nodejs_kernel_backend.js"))).toBe(true);
  expect(sandbox.downloads()).toHaveLength(1);
});

test("two installations at once both succeed and leave one engine", async () => {
  addWorkingTools();
  await Promise.all([installEngine({ ...CPU, ifMissing: true }), installEngine(CPU)]);
  expect(readdirSync(enginesFolder())).toHaveLength(1);
  expect(installedEngines()).toHaveLength(1);
});

test("removing an engine removes all of it, and removing none is an error", async () => {
  addWorkingTools();
  const { folder } = await installEngine(CPU);
  await removeEngine(folder);
  expect(filesInCache()).toEqual([]);
  await expect(removeEngine(folder)).rejects.toThrow(`expected an engine in ${folder}, got none`);
});

test("the GPU engine takes the CUDA wheels that TensorFlow's metadata names, without their headers", async () => {
  const metadata = [
    "Name: tensorflow",
    "Requires-Dist: numpy>=1.26.0",
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"',
    "",
  ].join("\n");
  const wheel = tensorflowWheel(sandbox, { metadata });
  const cublas = join(sandbox.folder, "nvidia_cublas_cu12-12.9-py3-none-manylinux.whl");
  const { makeWheel } = await import("./make-wheel.ts");
  makeWheel(cublas, "nvidia_cublas_cu12-12.9.dist-info", {
    "nvidia/cublas/lib/libcublas.so.12": "cublas",
    "nvidia/cublas/include/cublas.h": "header",
    "nvidia/cuda_nvcc/bin/ptxas": "assembler",
    "nvidia_cublas_cu12-12.9.dist-info/METADATA": "Name: nvidia-cublas-cu12\n",
    "nvidia_cublas_cu12-12.9.dist-info/License.txt": "licence",
  });
  addPip(
    sandbox,
    `if (args.includes("tensorflow==1.2.3")) { ${copyWheel(wheel)} } else { ${copyWheel(cublas)} }`,
  );
  addCompiler(sandbox, VERSION);
  const { folder } = await installEngine({ device: "gpu", tensorflow: VERSION });
  expect(sandbox.downloads()[1]?.slice(-2)).toEqual([
    "nvidia-cublas-cu12<13.0,>=12.5.3.2",
    "nvidia-cudnn-cu12<10.0,>=9.3.0.75",
  ]);
  const cuda = filesInCache().filter((file) => /nvidia/.test(file));
  expect(cuda.map((file) => relative(folder, join(enginesFolder(), file)))).toEqual([
    "nvidia/cublas/lib/libcublas.so.12",
    "nvidia/cuda_nvcc/bin/ptxas",
    "nvidia_cublas_cu12-12.9.dist-info/License.txt",
    "nvidia_cublas_cu12-12.9.dist-info/METADATA",
  ]);
  expect(statSync(join(folder, "nvidia/cuda_nvcc/bin/ptxas")).mode & 0o111).toBe(0o111);
  expect(statSync(join(folder, "nvidia/cublas/lib/libcublas.so.12")).mode & 0o111).toBe(0);
  expect(installedEngines()).toEqual([{ folder, tensorflow: VERSION, device: "gpu" }]);
});

test("the wheel of another Python serves where the running one has none", async () => {
  const missing = "ERROR: No matching distribution found for tensorflow-cpu==1.2.3";
  addPip(
    sandbox,
    `if (args[args.indexOf("--python-version") + 1] !== "3.11") { console.error("${missing}"); process.exit(1); }
     ${copyWheel(tensorflowWheel(sandbox))}`,
  );
  addCompiler(sandbox, VERSION);
  await installEngine(CPU);
  expect(installedEngines()).toHaveLength(1);
});

/** What goes wrong, the tools that make it so, and the line that says it. */
const failures: [name: string, prepare: () => void, message: RegExp][] = [
  [
    "no compiler",
    () => addPip(sandbox, ""),
    /expected a C\+\+ compiler, got no g\+\+ on PATH; .*apt install g\+\+/,
  ],
  [
    "a compiler in CXX that does not run",
    () => {
      addWorkingTools();
      process.env["CXX"] = "ccache nonesuch";
    },
    /expected a C\+\+ compiler in CXX, got "ccache nonesuch", which does not run/,
  ],
  ["no python", () => addCompiler(sandbox, VERSION), /expected python3 with pip .*apt install python3-pip/],
  [
    "a python without pip",
    () => {
      addCompiler(sandbox, VERSION);
      sandbox.tool("python3", `console.error("No module named pip"); process.exit(1);`);
    },
    /expected pip in python3 .*ensurepip/,
  ],
  [
    "no network",
    () => {
      addCompiler(sandbox, VERSION);
      const warning = `WARNING: Retrying after connection broken by 'NewConnectionError(host='index.example', port=443)'`;
      addPip(
        sandbox,
        `console.error(${JSON.stringify(warning)}); console.error("ERROR: No matching distribution found"); process.exit(1);`,
      );
    },
    /expected to download tensorflow-cpu==1.2.3, got no answer from index\.example; check the network/,
  ],
  [
    "a version that does not exist",
    () => {
      addCompiler(sandbox, VERSION);
      const error =
        "ERROR: Could not find a version that satisfies tensorflow-cpu==1.2.3 (from versions: 2.20.0)";
      addPip(
        sandbox,
        `console.error("${error}"); console.error("ERROR: No matching distribution found"); process.exit(1);`,
      );
    },
    /got pip's "Could not find a version .*from versions: 2\.20\.0/,
  ],
  [
    "a damaged library",
    () => {
      addCompiler(sandbox, VERSION);
      const damaged = "tensorflow/libtensorflow_cc.so.2";
      addPip(sandbox, copyWheel(tensorflowWheel(sandbox, { damaged })));
    },
    /tensorflow_cpu-1\.2\.3.*whl tensorflow\/libtensorflow_cc\.so\.2: expected SHA-256 \S+, got \S+/,
  ],
  [
    "a wheel cut short",
    () => {
      addCompiler(sandbox, VERSION);
      const wheel = tensorflowWheel(sandbox);
      truncateSync(wheel, 200);
      addPip(sandbox, copyWheel(wheel));
    },
    /tensorflow_cpu-1\.2\.3.*whl: expected a whole wheel/,
  ],
  [
    "another TensorFlow in the wheel",
    () => {
      addPip(sandbox, copyWheel(tensorflowWheel(sandbox)));
      addCompiler(sandbox, "9.9.9");
    },
    /expected TensorFlow 1\.2\.3 in the wheel, got 9\.9\.9/,
  ],
  [
    "a compiler that fails",
    () => {
      addPip(sandbox, copyWheel(tensorflowWheel(sandbox)));
      sandbox.tool(
        "g++",
        `if (process.argv.includes("--version")) process.exit(0);
         console.error("x.cc: In function\\nx.cc:1: error: no such thing\\n"); process.exit(1);`,
      );
    },
    /expected g\+\+ to compile the binding, got "x\.cc:1: error: no such thing"/,
  ],
  [
    "a binding that does not load",
    () => {
      addPip(sandbox, copyWheel(tensorflowWheel(sandbox)));
      sandbox.tool(
        "g++",
        `if (!process.argv.includes("--version")) fs.writeFileSync(process.argv[process.argv.indexOf("-o") + 1], "no");`,
      );
    },
    /expected the compiled binding to load, got ".+"/,
  ],
];

for (const [name, prepare, message] of failures) {
  test(`${name} is an error in one line that leaves nothing behind`, async () => {
    prepare();
    const error = await installEngine(CPU).then(
      () => new Error("installed"),
      (error: Error) => error,
    );
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(filesInCache()).toEqual([]);
  });
}

test("a failing reinstallation leaves the engine that was there", async () => {
  addWorkingTools();
  await installEngine(CPU);
  const before = filesInCache();
  addPip(sandbox, "process.exit(1);");
  await expect(installEngine(CPU)).rejects.toThrow("exit code 1");
  expect(filesInCache()).toEqual(before);
  expect(installedEngines()).toHaveLength(1);
});

test("a version that is none is refused before anything is run", async () => {
  await expect(installEngine({ device: "cpu", tensorflow: "latest" })).rejects.toThrow(
    'expected a version such as 2.21.0, got "latest"',
  );
});

test("an interrupted installation ends its commands and leaves nothing behind", async () => {
  addCompiler(sandbox, VERSION);
  addPip(sandbox, `fs.writeFileSync(path.join(dest, "partial.whl"), "half"); setTimeout(() => {}, 60000);`);
  const interrupt = new AbortController();
  const installing = installEngine({ ...CPU, signal: interrupt.signal });
  while (!filesInCache().some((file) => file.endsWith("partial.whl"))) await setTimeout(10);
  interrupt.abort();
  await expect(installing).rejects.toThrow("abort");
  expect(filesInCache()).toEqual([]);
});

test("a killed installation leaves no engine, and the next one removes what it left", async () => {
  addCompiler(sandbox, VERSION);
  addPip(sandbox, `fs.writeFileSync(path.join(dest, "partial.whl"), "half"); setTimeout(() => {}, 2000);`);
  const script = fileURLToPath(new URL("install-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, VERSION], { stdio: "inherit" });
  const ended = new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
  while (!filesInCache().some((file) => file.endsWith("partial.whl"))) await setTimeout(20);
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  expect(installedEngines()).toEqual([]);
  expect(readdirSync(enginesFolder())).toHaveLength(1);

  addWorkingTools();
  const steps: string[] = [];
  await installEngine({ ...CPU, observer: { step: (line) => steps.push(line), download() {} } });
  expect(steps[0]).toBe("removed what 1 interrupted installation(s) left");
  expect(readdirSync(enginesFolder())).toHaveLength(1);
  expect(installedEngines()).toHaveLength(1);
});
