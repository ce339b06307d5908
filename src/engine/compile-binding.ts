import { rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bindingPath } from "./engine-folder.ts";
import { runCommand } from "./run-command.ts";

const require = createRequire(import.meta.url);

/**
 * The C++ compiler: `$CXX` (a command line) or the first of g++, c++ and clang++ that answers.
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
      ? `engine install: expected a C++ compiler in $CXX, got "${chosen.join(" ")}", which does not run`
      : `engine install: expected a C++ compiler (g++), got none on PATH; install it with "sudo apt install g++"`,
  );
}

/**
 * Compiles tfjs-node's binding against the TensorFlow in `folder/tensorflow` and puts it into `folder`.
 * Node's C headers come from npm's `node-api-headers`: no download, no node-gyp.
 */
export async function compileBinding(
  compiler: readonly string[],
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const sources = dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json"));
  const nodeHeaders: string = require("node-api-headers").include_dir;
  const library = join(folder, "tensorflow");
  const binding = bindingPath(folder);
  const partial = `${binding}.${process.pid}.partial`;
  const [command = "", ...flags] = compiler;
  const { code, stderr } = await runCommand(
    command,
    [
      ...flags,
      ...["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8"],
      ...["-I", nodeHeaders, "-I", join(library, "include"), "-I", sources],
      join(sources, "binding/tfjs_backend.cc"),
      join(sources, "binding/tfjs_binding.cc"),
      // By file name: a wheel has no libtensorflow_cc.so without the ".2".
      ...["-L", library, "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"],
      ...["-Wl,-rpath,$ORIGIN/tensorflow", "-o", partial],
    ],
    { signal },
  );
  if (code !== 0) {
    const reason = /^.*\berror\b.*$/im.exec(stderr)?.[0] ?? stderr.trim().split("\n")[0];
    throw new Error(`engine install: expected ${command} to compile the binding, got "${reason}"`);
  }
  await rename(partial, binding);
}

/**
 * Loads the binding in a fresh Node process, so that only an engine that works is ever put in place.
 *
 * @returns The library's own version.
 */
export async function probeBinding(folder: string, signal?: AbortSignal): Promise<string> {
  const script =
    "const m = { exports: {} }; process.dlopen(m, process.argv[1]); console.log(m.exports.TF_Version)";
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", CUDA_VISIBLE_DEVICES: "-1" };
  const { code, stdout, stderr } = await runCommand(process.execPath, ["-e", script, bindingPath(folder)], {
    env,
    signal,
  });
  if (code !== 0) {
    const reason = /^Error: .*$/m.exec(stderr)?.[0] ?? `exit code ${code}`;
    throw new Error(`engine install: expected the compiled binding to load, got "${reason}"`);
  }
  return stdout.trim();
}
