import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

/** On exit, prints which heavy packages were loaded. */
const TELL_LOADED = `data:text/javascript,${encodeURIComponent(`
  import Module from "node:module";
  process.on("exit", () => {
    const heavy = Object.keys(Module._cache).filter((path) => /node_modules.(@tensorflow|sharp|koffi)/.test(path));
    process.stderr.write("heavy:" + heavy.length + "\\n");
  });
`)}`;

test("help lists the commands and loads neither TensorFlow nor sharp", async () => {
  const { code, stdout, stderr } = await runCli(["--help"], { node: ["--import", TELL_LOADED] });
  expect(code).toBe(0);
  for (const command of ["train", "eval", "infer", "engine", "data"]) {
    expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
  }
  expect(stderr).toBe("heavy:0\n");
});

test("what tells loaded packages does tell them", async () => {
  const args = ["infer", fileURLToPath(import.meta.url), "--weights", "nowhere", "--engine", "cpu"];
  const { stderr } = await runCli(args, { node: ["--import", TELL_LOADED] });
  expect(stderr).toMatch(/heavy:[1-9]/);
});

test("the version is package.json's", async () => {
  const { stdout } = await runCli(["--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("a mistyped command or option is one line with the nearest one, and exit code 2", async () => {
  const command = await runCli(["trian"]);
  expect(command).toMatchObject({ code: 2, stdout: "" });
  expect(command.stderr).toBe("dypose: unknown command 'trian' (Did you mean train?)\n");
  const option = await runCli(["eval", "run", "--data", "x", "--splt", "y"]);
  expect(option).toMatchObject({ code: 2, stdout: "" });
  expect(option.stderr).toBe("dypose: unknown option '--splt' (Did you mean --split?)\n");
});

test("an error is one line; --verbose, before or after the command, adds its stack and what caused it", async () => {
  const args = ["eval", "nowhere", "--data", "nowhere"];
  const plain = await runCli(args);
  expect(plain.code).toBe(2);
  expect(plain.stderr).toBe("dypose: nowhere: expected a data folder in COCO's layout, got nothing there\n");
  for (const verbose of [
    ["--verbose", ...args],
    [...args, "--verbose"],
  ]) {
    const { code, stderr } = await runCli(verbose);
    expect(code).toBe(2);
    expect(stderr.startsWith(plain.stderr)).toBe(true);
    expect(stderr).toMatch(/\n\s+at .*split-files/);
    expect(stderr).toMatch(/\[cause\]: .*ENOENT/);
  }
});
