/**
 * What the paper's runs on COCO would take: a dry run of every config in configs/coco, with batches small enough for
 * this machine, and an estimate for one GPU from the network's arithmetic alone.
 *
 *     npx tsx bench/coco.ts DIR [BATCH]
 *
 * DIR is any data set in COCO's layout that has at least BATCH (16) people; a few steps are all a dry run takes.
 */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** People with labelled keypoints in COCO train2017: what an epoch shows the network. */
const PERSONS = 149_813;
const EPOCHS = 210;
/** FLOP of a training step per multiply-add of the network: forward, and backward to inputs and to weights. */
const FLOP_PER_MULTIPLY_ADD = 6;
/** What the estimate supposes a GPU sustains in float32, FLOP/s. Not measured. */
const GPU_FLOPS = 5e12;

const [data, batch = "16"] = process.argv.slice(2);
if (!data) {
  console.error("bench: expected a data set's folder, got nothing; run npx tsx bench/coco.ts DIR");
  process.exit(2);
}
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** What `dypose train --dry-run` says, by the words its lines begin with. */
function dryRun(config: string): ReadonlyMap<string, string> {
  const options = [
    "--data",
    data as string,
    "--out",
    "nowhere",
    "--dry-run",
    "--set",
    `train.batchSize=${batch}`,
  ];
  const args = [
    "--import",
    "tsx",
    path("../src/cli/main.ts"),
    "train",
    path(`../configs/coco/${config}`),
    ...options,
  ];
  const text = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = [...text.matchAll(/^ {2}(\S+(?: \S+)*) {2,}(.+)$/gm)];
  return new Map(lines.map(([, name, value]) => [name as string, value as string]));
}

const days = (seconds: number): string => (seconds / 86_400).toFixed(1);

console.log(
  `| config | parameters | MAdds | s a step of ${batch} | memory | days here | GPU, hours (estimate) |`,
);
console.log("|---|--:|--:|--:|--:|--:|--:|");
for (const config of readdirSync(path("../configs/coco"))) {
  const said = dryRun(config);
  const step = Number.parseFloat(said.get("step") ?? "");
  const madds = Number.parseFloat(said.get("multiply-adds") ?? "") * 1e6; // "511.2 M an image"
  const flop = FLOP_PER_MULTIPLY_ADD * madds * PERSONS * EPOCHS;
  const cells = [
    config.replace("_256x192.yaml", ""),
    said.get("parameters"),
    said.get("multiply-adds")?.replace(" an image", ""),
    step.toFixed(2),
    said.get("memory")?.replace(" at most", ""),
    days((step / Number(batch)) * PERSONS * EPOCHS),
    (flop / GPU_FLOPS / 3600).toFixed(0),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
