/**
 * `npm run release:check`: makes the package that is published, and tries it as its user would.
 *
 * Builds, packs, takes out of package.json what concerns a clone alone (that it is private, scripts, development's
 * packages), installs the tarball with a plain `npm install` into an empty project, and there: no install script that
 * downloads, a type check of a small program with `strict` and `skipLibCheck`, the program itself, `dypose doctor`, and
 * with weights in the package the people in a photograph. `--keep` leaves that project where it is.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Packages whose install script may run, and why it does no harm. */
const HARMLESS_SCRIPTS: Readonly<Record<string, string>> = {
  koffi: "looks for its binary, which npm has brought",
};

/** A user's program: every public entry, with the types they would meet. */
const PROGRAM = `
import * as tf from "@tensorflow/tfjs-core";
import { PosePredictor } from "dypose";
import { evaluateKeypoints } from "dypose/eval";
import { DynamicConv2D } from "dypose/layers";

export async function detect(image: string): Promise<number> {
  const predictor: PosePredictor = await PosePredictor.load();
  const poses = await predictor.detect(image);
  predictor.dispose();
  return poses.reduce((sum, pose) => sum + pose.score, 0);
}

await import("@tensorflow/tfjs-backend-cpu");
await tf.setBackend("cpu");
const layer = new DynamicConv2D({ filters: 2, kernelSize: 1, kernels: 2 });
const y = layer.apply(tf.ones([1, 4, 4, 3])) as tf.Tensor;
if (y.shape.join() !== "1,4,4,2") throw new Error(\`expected [1,4,4,2], got [\${y.shape.join()}]\`);
if (typeof evaluateKeypoints !== "function") throw new Error("expected dypose/eval to have evaluateKeypoints");
`;

const root = join(import.meta.dirname, "..");
const work = mkdtempSync(join(tmpdir(), "dypose-package-"));
const project = join(work, "project");

/** Runs a command in `cwd`; fails with what it printed. */
function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: userEnvironment(),
  });
  if (status === 0) return stdout;
  throw new Error(
    `release:check: expected "${[command, ...args].join(" ")}" to work, got exit code ${status}:\n${stdout}${stderr}`,
  );
}

/** The environment without what `npm run` adds to it: the settings of this clone would hold in the user's project. */
function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_registry)/i.test(name)),
  );
}

/** Builds, packs, and packs again without what package.json has for a clone alone. */
function pack(): string {
  run(root, "npm", "run", "build");
  run(root, "npm", "pack", "--pack-destination", work);
  const packed = readdirSync(work).find((name) => name.endsWith(".tgz")) ?? "";
  run(work, "tar", "-xzf", packed);
  const manifestPath = join(work, "package/package.json");
  const {
    private: _,
    scripts,
    devDependencies,
    ...manifest
  } = JSON.parse(readFileSync(manifestPath, "utf8"));
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
  const destination = join(root, "dist/packed");
  run(work, "npm", "pack", "./package", "--pack-destination", destination);
  return join(destination, packed);
}

/** Packages in the project that have an install script, by name. */
function packagesWithScripts(): string[] {
  const lock = JSON.parse(readFileSync(join(project, "node_modules/.package-lock.json"), "utf8"));
  return Object.entries<{ hasInstallScript?: boolean }>(lock.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ""));
}

function checkTypesAndProgram(): void {
  writeFileSync(join(project, "program.ts"), PROGRAM);
  const options = { target: "ES2023", module: "nodenext", strict: true, skipLibCheck: true, types: [] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
  run(project, process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", ".");
  run(project, process.execPath, "program.js");
}

/** The command line: what computes, and the people in a photograph once the package has weights for it. */
function checkCommands(): string {
  const engine = JSON.parse(spawnDoctor()).engine.name;
  const zoo = join(project, "node_modules/dypose/src/weights/zoo");
  const hasPoseWeights = existsSync(zoo) && readdirSync(zoo).some((name) => name.startsWith("dy-"));
  if (!hasPoseWeights)
    return `computes on ${engine}; no weights for poses in the package, so no photograph tried`;
  cpSync(photograph(), join(project, "photo.jpg"));
  const people = JSON.parse(run(project, "npx", "dypose", "infer", "photo.jpg", "--json", "-"));
  if (people.length === 0) throw new Error(`release:check: expected people in ${photograph()}, got none`);
  return `${people.length} people in ${photograph()}, on ${engine}`;
}

/** The output of \`dypose doctor --json\`, which ends with 1 where a better engine could be installed. */
function spawnDoctor(): string {
  const { status, stdout, stderr } = spawnSync("npx", ["dypose", "doctor", "--json"], {
    cwd: project,
    encoding: "utf8",
    env: userEnvironment(),
  });
  if (status === 0 || status === 1) return stdout;
  throw new Error(
    `release:check: expected "dypose doctor" to work, got exit code ${status}:\n${stdout}${stderr}`,
  );
}

/** A picture with people, of the repository. */
function photograph(): string {
  const pictures = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".jpg"))
    .sort();
  const found = pictures.find((name) => name !== "pose.jpg") ?? pictures[0];
  if (!found) throw new Error("release:check: expected a .jpg in docs, got none");
  return join(root, "docs", found);
}

try {
  const tarball = pack();
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  const started = performance.now();
  run(project, "npm", "install", tarball);
  const seconds = (performance.now() - started) / 1000;
  const scripts = packagesWithScripts();
  const foreign = scripts.filter((name) => !(name in HARMLESS_SCRIPTS));
  if (foreign.length > 0) {
    throw new Error(`release:check: expected no install scripts but known ones, got ${foreign.join(", ")}`);
  }
  checkTypesAndProgram();
  const tried = checkCommands();
  const size = execFileSync("du", ["-sm", "node_modules"], { cwd: project, encoding: "utf8" }).split("\t")[0];
  process.stdout.write(
    `release:check: ${tarball} installs in ${seconds.toFixed(0)} s (${size} MB; install scripts: ${scripts.join(", ") || "none"}), ` +
      `its types hold, it runs: ${tried}\nnpm publish ${tarball} publishes it.\n`,
  );
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  if (process.argv.includes("--keep")) process.stdout.write(`${project}\n`);
  else rmSync(work, { recursive: true, force: true });
}
