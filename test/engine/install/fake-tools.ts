import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeWheel } from "./make-wheel.ts";

/** A sandbox with its own cache folder and its own PATH, on which there are only the tools put there. */
export interface Sandbox {
  readonly folder: string;
  /** Puts a command on PATH: the body of a JavaScript program. */
  tool(name: string, body: string): void;
  /** Arguments of every call of `python3 -m pip download` so far. */
  downloads(): string[][];
  remove(): void;
}

/** Makes a sandbox and points this process's environment at it. */
export function enterSandbox(): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), "dypose-engine-"));
  const saved = { ...process.env };
  const bin = join(folder, "bin");
  mkdirSync(bin);
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
  process.env["PATH"] = bin;
  delete process.env["CXX"];
  return {
    folder,
    tool(name, body) {
      const path = join(bin, name);
      writeFileSync(
        path,
        `#!${process.execPath}\nconst fs = require("fs"), path = require("path");\n${body}\n`,
      );
      chmodSync(path, 0o755);
    },
    downloads() {
      const log = join(folder, "downloads");
      if (!existsSync(log)) return [];
      return readFileSync(log, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
    remove() {
      for (const name of ["XDG_CACHE_HOME", "PATH", "CXX"]) {
        if (saved[name] === undefined) delete process.env[name];
        else process.env[name] = saved[name];
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A python3 whose pip "downloads" with `download`, a JavaScript statement that knows `args` and `dest`. */
export function addPip(sandbox: Sandbox, download: string): void {
  sandbox.tool(
    "python3",
    `const args = process.argv.slice(2);
     if (args[2] === "--version") process.exit(0);
     fs.appendFileSync(${JSON.stringify(join(sandbox.folder, "downloads"))}, JSON.stringify(args) + "\\n");
     const dest = args[args.indexOf("--dest") + 1];
     ${download}`,
  );
}

/** The JavaScript that copies a wheel to where pip would have put it. */
export function copyWheel(path: string): string {
  return `fs.copyFileSync(${JSON.stringify(path)}, path.join(dest, path.basename(${JSON.stringify(path)})));`;
}

/** A g++ that answers with a binding which reports `version` as TensorFlow's. */
export function addCompiler(sandbox: Sandbox, version: string): void {
  const binding = compileTinyBinding(sandbox.folder, version);
  sandbox.tool(
    "g++",
    `const output = process.argv[process.argv.indexOf("-o") + 1];
     if (!process.argv.includes("--version")) fs.copyFileSync(${JSON.stringify(binding)}, output);`,
  );
}

/** A wheel as TensorFlow's is laid out, with a few bytes for a library. */
export function tensorflowWheel(
  sandbox: Sandbox,
  options: { damaged?: string; metadata?: string } = {},
): string {
  const path = join(sandbox.folder, "tensorflow_cpu-1.2.3-cp311-cp311-manylinux_2_27_x86_64.whl");
  makeWheel(
    path,
    "tensorflow_cpu-1.2.3.dist-info",
    {
      "tensorflow/libtensorflow_cc.so.2": "library",
      "tensorflow/libtensorflow_framework.so.2": "framework",
      "tensorflow/include/tensorflow/c/c_api.h": "header",
      "tensorflow/include/external/eigen/Core.h": "not needed",
      "tensorflow/python/some, file.py": "not needed",
      "tensorflow/THIRD_PARTY_NOTICES.txt": "notices",
      "tensorflow_cpu-1.2.3.dist-info/METADATA": options.metadata ?? "Name: tensorflow_cpu\n",
    },
    options.damaged,
  );
  return path;
}

/** The machine's own compiler, found before any sandbox takes its place. */
export const REAL_COMPILER = findOnPath("g++") ?? findOnPath("c++");

function findOnPath(command: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

function compileTinyBinding(folder: string, version: string): string {
  const source = join(folder, "tiny.c");
  writeFileSync(
    source,
    `#include <node_api.h>
     NAPI_MODULE_INIT() {
       napi_value version;
       napi_create_string_utf8(env, "${version}", NAPI_AUTO_LENGTH, &version);
       napi_set_named_property(env, exports, "TF_Version", version);
       return exports;
     }`,
  );
  const headers = createRequire(import.meta.url)("node-api-headers").include_dir;
  const output = join(folder, `tiny-${version}.node`);
  const args = ["-x", "c", "-shared", "-fPIC", "-DNAPI_VERSION=8", "-I", headers, source, "-o", output];
  execFileSync(REAL_COMPILER ?? "g++", args, { env: { ...process.env, PATH: "/usr/bin:/bin" } });
  return output;
}
