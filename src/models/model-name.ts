/** What a model's name says: `<backbone>_<head>`, with `dy-` in front for dynamic convolutions. */
interface ModelName {
  readonly backbone: BackboneName;
  /** By which MobileNetV2 multiplies its channels; the others come in one width, 1. */
  readonly width: number;
  readonly head: HeadName;
  readonly dynamic: boolean;
}

const FIXED_BACKBONES = ["mobilenetv3-small", "resnet18", "resnet10"] as const;

/** Without `dy-` and without MobileNetV2's width. */
export type BackboneName = "mobilenetv2" | (typeof FIXED_BACKBONES)[number];

/** What a network answers. */
type Task = "keypoints" | "classification";

/** Height and width of a network's images unless something else is asked for, pixels. */
export const INPUT_SIZES = { keypoints: [256, 192], classification: [224, 224] } as const satisfies Record<
  Task,
  readonly [height: number, width: number]
>;

const HEAD_TASKS = { deconv: "keypoints", bottleneck: "keypoints", classifier: "classification" } as const;
type HeadName = keyof typeof HEAD_TASKS;

const WIDTH = /^mobilenetv2-(\d+(?:\.\d+)?)$/;

function findBackbone(name: string): Pick<ModelName, "backbone" | "width"> | undefined {
  const width = Number(WIDTH.exec(name)?.[1]);
  if (width > 0) return { backbone: "mobilenetv2", width };
  const backbone = FIXED_BACKBONES.find((choice) => choice === name);
  return backbone && { backbone, width: 1 };
}

const isHead = (name: string): name is HeadName => Object.hasOwn(HEAD_TASKS, name);

/**
 * Reads a model's name, such as `dy-mobilenetv2-0.5_bottleneck`.
 *
 * @throws {RangeError} Naming the choices, if there is no such model.
 */
export function parseModelName(name: string): ModelName {
  const dynamic = name.startsWith("dy-");
  const [backboneName = "", head = "", ...rest] = (dynamic ? name.slice(3) : name).split("_");
  const backbone = findBackbone(backboneName);
  if (rest.length > 0 || !isHead(head) || !backbone) {
    const backbones = ["mobilenetv2-<width>", ...FIXED_BACKBONES].join(", ");
    const heads = Object.keys(HEAD_TASKS).join(", ");
    throw new RangeError(
      `model.name: expected [dy-]<backbone>_<head> with backbone ${backbones} and head ${heads}, got "${name}"`,
    );
  }
  return { ...backbone, head, dynamic };
}

/** What the model of a name answers. @throws {RangeError} As {@link parseModelName}. */
export function taskOf(name: string): Task {
  return HEAD_TASKS[parseModelName(name).head];
}
