import { expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

test("config prints a file's settings with its overrides, or the defaults of a task", async () => {
  const [file, defaults] = await Promise.all([
    runCli(["config", "configs/quickstart.yaml", "--set", "train.loss.kind=ohkm"]),
    runCli(["config", "--task", "classification"]),
  ]);
  expect(file.code, file.stderr).toBe(0);
  expect(file.stdout).toMatch(/^ {4}kind: ohkm\n.*\n {4}top: 8 {2}# whole, > 0\n {4}# or \{kind: mse\}$/m);
  expect(defaults.stdout).toMatch(/^task: classification$/m);
  expect(defaults.stdout).toMatch(/^ {2}# epochs: {2}# required, whole, > 0$/m);
});

test("config --json-schema prints a schema that names every task", async () => {
  const { code, stdout } = await runCli(["config", "--json-schema"]);
  expect(code).toBe(0);
  const tasks = JSON.parse(stdout).oneOf.map(
    (form: { properties: { task: { const: string } } }) => form.properties.task.const,
  );
  expect(tasks).toEqual(["keypoints", "classification"]);
});

test("--set without a file, or a value that does not fit, is one line and exit code 2", async () => {
  for (const [args, message] of [
    [["config", "--set", "train.epochs=1"], "expected a config file with --set, got none"],
    [["config", "configs/quickstart.yaml", "--set", "train.epochs=-1"], "train.epochs: expected > 0, got -1"],
  ] as const) {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
});
