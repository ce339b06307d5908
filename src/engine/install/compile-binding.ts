import { rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bindingPath } from "../engine-folder.ts";
import { tfjsNodeFolder } from "../tfjs-node.ts";
import { runCommand } from "./run-command.ts";

const require = createRequire(import.meta.url);

/**
 * The C++ compiler, as the start of a command line: `$CXX`, or the first of g++, c++ and clang++ that runs.
 *
 * @throws {Error} If there is none, naming what to install.
 */
export async function findCompiler(signal?: AbortSignal): Promise<string[]> {
  const chosen = process.env["CXX"]?.trim().split(/\s+/).filter(Boolean) ?? [];
  const candidates = chosen.length > 0 ? [chosen] : [["g++"], ["c++"], ["clang++"]];
  for (const [command = "", ...args] of candidates) {
    const { code } = await runCommand(command, [...args, "--version"], { signal });
    if (code === 0) return [command, ...args];
  }
  throw new Error(
    chosen.length > 0
      ? `engine install: expected a C++ compiler in CXX, got "${chosen.join(" ")}", which does not run`
      : `engine install: expected a C++ compiler, got no g++ on PATH; install it with "sudo apt install g++"`,
  );
}

/**
 * Compiles the binding of the folder's tfjs-node against the TensorFlow in `folder/tensorflow`, tries to load it in a fresh process, and
 * only then puts it into `folder`. Node's C headers come from npm's `node-api-headers`: no download, no node-gyp.
 *
 * @throws {Error} If it does not compile, does not load, or finds another TensorFlow than `tensorflow`.
 */
export async function compileBinding(
  compiler: readonly string[],
  folder: string,
  tensorflow: string,
  signal?: AbortSignal,
): Promise<void> {
  const binding = bindingPath(folder);
  const partial = `${binding}.${process.pid}.partial`;
  try {
    await compile(compiler, folder, partial, signal);
    const version = await versionOf(partial, signal);
    if (version !== tensorflow) {
      throw new Error(`engine install: expected TensorFlow ${tensorflow} in the wheel, got ${version}`);
    }
    await rename(partial, binding);
  } finally {
    await rm(partial, { force: true });
  }
}

async function compile(
  [command = "", ...flags]: readonly string[],
  folder: string,
  output: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const library = join(folder, "tensorflow");
  const sources = tfjsNodeFolder(folder);
  const nodeHeaders: string = require("node-api-headers").include_dir;
  const { code, stderr } = await runCommand(
    command,
    [
      ...flags,
      ...["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8"],
      ...["-I", nodeHeaders, "-I", join(library, "include"), "-I", sources],
      ...[join(sources, "binding/tfjs_backend.cc"), join(sources, "binding/tfjs_binding.cc")],
      // By file name: a wheel has no libtensorflow_cc.so without the ".2".
      ...["-L", library, "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"],
      ...["-Wl,-rpath,$ORIGIN/tensorflow", "-o", output],
    ],
    { signal },
  );
  if (code === 0) return;
  const reason = /^.*\berror\b.*$/im.exec(stderr)?.[0] ?? stderr.trim().split("\n")[0];
  throw new Error(`engine install: expected ${command} to compile the binding, got "${reason}"`);
}

/** The TensorFlow version that a binding reports when a separate process loads it. */
async function versionOf(binding: string, signal: AbortSignal | undefined): Promise<string> {
  const script =
    "const m = { exports: {} }; process.dlopen(m, process.argv[1]); console.log(m.exports.TF_Version)";
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", CUDA_VISIBLE_DEVICES: "-1" };
  const { code, stdout, stderr } = await runCommand(process.execPath, ["-e", script, binding], {
    env,
    signal,
  });
  if (code === 0) return stdout.trim();
  const reason = /^Error: (.*)$/m.exec(stderr)?.[1] ?? `exit code ${code}`;
  throw new Error(`engine install: expected the compiled binding to load, got "${reason}"`);
}
