import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runCli } from "./run-cli.ts";
import { TINY_MODEL, type TinyWorld, tinyWorld, writeUntrained } from "./tiny-world.ts";

const OTHER_MODEL = "mobilenetv2-0.35_bottleneck";

vi.setConfig({ maxConcurrency: 2, testTimeout: 120_000 });

let world: TinyWorld;
let otherWeights: string;
beforeAll(async () => {
  world = await tinyWorld();
  otherWeights = await writeUntrained(join(world.folder, "other-run"), OTHER_MODEL);
});
afterAll(() => world?.remove());

/** Files of one case, which it may spoil. */
interface Scene {
  readonly folder: string;
  readonly data: string;
  readonly annotations: string;
  readonly image: string;
  readonly run: string;
  readonly weights: string;
  readonly config: string;
}

let scenes = 0;
async function newScene(): Promise<Scene> {
  const folder = join(world.folder, `case-${++scenes}`);
  const [data, run, config] = [join(folder, "data"), join(folder, "run"), join(folder, "tiny.yaml")];
  await mkdir(folder);
  await cp(world.data, data, { recursive: true });
  await cp(world.run, run, { recursive: true });
  const model = `model: {name: ${TINY_MODEL}, inputSize: [64, 64]}`;
  const train = "train: {epochs: 1, batchSize: 4}\ndata: {workers: 1}";
  await writeFile(config, `${model}\n${train}\nvalidation: {interval: 1}\n`);
  return {
    folder,
    data,
    run,
    config,
    annotations: join(data, "annotations", "person_keypoints_val2017.json"),
    image: join(data, "val2017", "000001000001.jpg"),
    weights: join(run, "best.safetensors"),
  };
}

async function editJson(file: string, edit: (content: never) => void): Promise<void> {
  const content = JSON.parse(await readFile(file, "utf8"));
  edit(content as never);
  await writeFile(file, JSON.stringify(content));
}

type Coco = {
  images: { id: number; file_name: string }[];
  annotations: { id: number; keypoints: number[]; bbox: number[] }[];
};

interface Case {
  readonly name: string;
  /** Spoils something and says what to run. */
  readonly args: (scene: Scene) => string[] | Promise<string[]>;
  /** What the one line says. */
  readonly says: (scene: Scene) => (string | RegExp)[];
}

const evalArgs = ({ run, data }: Scene) => ["eval", run, "--data", data, "--no-flip-test"];
const inferArgs = ({ image, run, folder }: Scene) => ["infer", image, "--weights", run, "--out", folder];
const trainArgs = ({ config, data, folder }: Scene) => [
  "train",
  config,
  "--data",
  data,
  "--out",
  join(folder, "trained"),
];

const CASES: Case[] = [
  {
    name: "eval: a missing data folder",
    args: (s) => ["eval", s.run, "--data", join(s.folder, "nowhere")],
    says: (s) => [join(s.folder, "nowhere"), "expected a data folder"],
  },
  {
    name: "eval: a missing split",
    args: (s) => [...evalArgs(s), "--split", "test2017"],
    says: (s) => [join(s.data, "annotations", "person_keypoints_test2017.json"), "nothing there"],
  },
  {
    name: "train: a missing data folder",
    args: (s) => ["train", s.config, "--data", join(s.folder, "nowhere"), "--out", join(s.folder, "trained")],
    says: (s) => [join(s.folder, "nowhere"), "expected"],
  },
  {
    name: "eval: annotations that are not JSON",
    args: async (s) => {
      await truncate(s.annotations, 100);
      return evalArgs(s);
    },
    says: (s) => [s.annotations, "byte 100: expected", "end of the file"],
  },
  {
    name: "eval: JSON that is not COCO",
    args: async (s) => {
      await writeFile(s.annotations, '{"images": [], "people": []}');
      return evalArgs(s);
    },
    says: (s) => [s.annotations, '"annotations"', "expected"],
  },
  {
    name: "eval: a record that is not COCO's",
    args: async (s) => {
      await editJson(s.annotations, (coco: Coco) => {
        coco.images[1] = { id: "seven", file_name: "x.jpg" } as never;
      });
      return evalArgs(s);
    },
    says: (s) => [s.annotations, "images[1]", "id", "expected"],
  },
  {
    name: "train: an annotation whose keypoints are not 51 numbers",
    args: async (s) => {
      const file = join(s.data, "annotations", "person_keypoints_train2017.json");
      await editJson(file, (coco: Coco) => coco.annotations[0]?.keypoints.pop());
      return trainArgs(s);
    },
    says: () => ["person_keypoints_train2017.json", /annotation \d+/, "51", "50"],
  },
  {
    name: "eval: an annotation whose keypoints are not 51 numbers",
    args: async (s) => {
      await editJson(s.annotations, (coco: Coco) => coco.annotations[0]?.keypoints.push(1, 2, 3));
      return evalArgs(s);
    },
    says: (s) => [s.annotations, /annotation \d+/, "51", "54"],
  },
  {
    name: "eval: an image that is listed and missing",
    args: async (s) => {
      await editJson(s.annotations, (coco: Coco) => {
        (coco.images[0] as { file_name: string }).file_name = "gone.jpg";
      });
      return evalArgs(s);
    },
    says: (s) => [join(s.data, "val2017", "gone.jpg"), "expected a readable image"],
  },
  {
    name: "train: an image that cannot be decoded",
    args: async (s) => {
      await truncate(join(s.data, "train2017", "000000000002.jpg"), 1000);
      return trainArgs(s);
    },
    says: (s) => [join(s.data, "train2017", "000000000002.jpg"), "expected a readable image"],
  },
  {
    name: "eval: a file name that leads out of the data folder",
    args: async (s) => {
      await editJson(s.annotations, (coco: Coco) => {
        (coco.images[0] as { file_name: string }).file_name = "../../run/best.safetensors";
      });
      return evalArgs(s);
    },
    says: (s) => [join(s.data, "val2017"), "../../run/best.safetensors"],
  },
  {
    name: "infer: a box outside the image",
    args: (s) => [...inferArgs(s), "--box", "500,10,20,20"],
    says: (s) => [s.image, "box 500,10,20,20", "160x120"],
  },
  {
    name: "infer: a box that is not four numbers",
    args: (s) => [...inferArgs(s), "--box", "1,2,3"],
    says: () => ["--box", "x,y,width,height", "1,2,3"],
  },
  {
    name: "infer: a wrong path",
    args: (s) => ["infer", join(s.folder, "no.jpg"), "--weights", s.run],
    says: (s) => [join(s.folder, "no.jpg"), "nothing there"],
  },
  {
    name: "infer: a folder without pictures",
    args: (s) => ["infer", s.run, "--weights", s.run],
    says: (s) => [s.run, "expected a folder with pictures or videos"],
  },
  {
    name: "infer: a broken JPEG",
    args: async (s) => {
      await truncate(s.image, 1000);
      return inferArgs(s);
    },
    says: (s) => [s.image, "expected a readable image"],
  },
  {
    name: "infer: weights that are not there",
    args: (s) => ["infer", s.image, "--weights", join(s.folder, "nowhere")],
    says: (s) => [join(s.folder, "nowhere"), "weights"],
  },
  {
    name: "infer: a file that is no weights",
    args: (s) => ["infer", s.image, "--weights", s.config],
    says: (s) => [s.config, "safetensors"],
  },
  {
    name: "eval: a run's folder without weights",
    args: (s) => ["eval", s.folder, "--data", s.data],
    says: (s) => [s.folder, "best.safetensors"],
  },
  {
    name: "infer: a truncated checkpoint",
    args: async (s) => {
      await truncate(s.weights, 50_000);
      return inferArgs(s);
    },
    says: (s) => [s.weights, "truncated"],
  },
  {
    name: "infer: a checkpoint cut within its header",
    args: async (s) => {
      await truncate(s.weights, 200);
      return inferArgs(s);
    },
    says: (s) => [s.weights, "truncated"],
  },
  {
    name: "infer: a checkpoint that holds another model than it says",
    args: async (s) => {
      await renameModel(otherWeights, s.weights, OTHER_MODEL, TINY_MODEL.replace("0.35", "0.5"));
      return inferArgs(s);
    },
    says: (s) => [s.weights, TINY_MODEL.replace("0.35", "0.5")],
  },
  {
    name: "train: going on from a checkpoint of another model",
    args: async (s) => {
      const started = [
        ...trainArgs(s),
        "--set",
        `model.name=${OTHER_MODEL}`,
        "--set",
        "validation.interval=0",
      ];
      expect(await runCli(started)).toMatchObject({ code: 0 });
      return [...trainArgs(s), "--resume"];
    },
    says: (s) => [join(s.folder, "trained"), TINY_MODEL, OTHER_MODEL],
  },
  {
    name: "train: an unknown model",
    args: (s) => [...trainArgs(s), "--set", "model.name=resnet99_deconv"],
    says: () => ["resnet99_deconv", "resnet18", "mobilenetv2-", "deconv", "bottleneck"],
  },
  {
    name: "train: an unknown key, with the nearest one",
    args: (s) => [...trainArgs(s), "--set", "train.bachSize=8"],
    says: (s) => [s.config, "train.bachSize", "train.batchSize"],
  },
  {
    name: "train: a config that is not there",
    args: (s) => ["train", join(s.folder, "no.yaml"), "--data", s.data, "--out", join(s.folder, "trained")],
    says: (s) => [join(s.folder, "no.yaml")],
  },
  {
    name: "an unknown engine, with the choices",
    args: (s) => [...inferArgs(s), "--engine", "cuda"],
    says: () => ["cuda", "tensorflow-gpu", "wasm"],
  },
];

test.concurrent.each(CASES)(
  "$name is one clear line, exit code 2, and nothing is lost",
  async ({ args, says }) => {
    const scene = await newScene();
    const command = await args(scene);
    const before = await contentOf(scene.folder);
    const { code, stderr } = await runCli(command, { env: { DYPOSE_ENGINE: "cpu" } });
    expect(stderr.split("\n"), stderr).toHaveLength(2);
    expect(stderr).toMatch(/^dypose: .+\n$/);
    for (const part of says(scene)) expect(stderr).toMatch(part instanceof RegExp ? part : literally(part));
    expect(code).toBe(2);
    const after = await contentOf(scene.folder);
    for (const [path, content] of before) expect(after.get(path), path).toBe(content);
    // nothing half-written is left either
    expect([...after.keys()].filter((path) => path.endsWith(".tmp") || path.endsWith(".part"))).toEqual([]);
  },
);

test("--skip-bad-images counts the images that cannot be read, names them, and goes on", async () => {
  const scene = await newScene();
  await truncate(scene.image, 1000);
  const { code, stdout, stderr } = await runCli([...evalArgs(scene), "--skip-bad-images"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^images .*, 2 images, 1 of them unreadable and skipped$/m);
  expect(stderr).toContain(`skipped ${scene.image}`);
});

function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}

/** Every file below a folder, with the hash of its bytes. */
async function contentOf(folder: string): Promise<Map<string, string>> {
  const content = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile())
      content.set(
        path,
        createHash("sha256")
          .update(await readFile(path))
          .digest("hex"),
      );
  }
  return content;
}

/** Copies a weights file, changing the model it says it is of to a name as long or shorter. */
async function renameModel(from: string, to: string, name: string, other: string): Promise<void> {
  const bytes = await readFile(from);
  const length = Number(bytes.readBigUInt64LE());
  const header = bytes
    .subarray(8, 8 + length)
    .toString()
    .trimEnd()
    .replace(`\\"name\\":\\"${name}\\"`, `\\"name\\":\\"${other}\\"`);
  const padded = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded.length));
  await writeFile(to, Buffer.concat([size, padded, bytes.subarray(8 + length)]));
}
