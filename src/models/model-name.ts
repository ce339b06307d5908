/** What a model's name says: `<backbone>_<head>`, with `dy-` in front for dynamic convolutions. */
export interface ModelName {
  /** Without `dy-`. */
  readonly backbone: string;
  readonly head: HeadName;
  readonly dynamic: boolean;
}

export type HeadName = "deconv" | "bottleneck";

export const HEADS: readonly HeadName[] = ["deconv", "bottleneck"];

/** Backbones by name; `mobilenetv2-` takes any width. */
export const BACKBONE_CHOICES = ["resnet18", "resnet10", "mobilenetv2-<width>"] as const;

const WIDTH = /^mobilenetv2-(\d+(?:\.\d+)?)$/;

/** The width in a backbone's name such as `mobilenetv2-0.5`; undefined where it is another backbone. */
export function mobileNetWidth(backbone: string): number | undefined {
  const match = WIDTH.exec(backbone);
  const width = Number(match?.[1]);
  return width > 0 ? width : undefined;
}

const isBackbone = (name: string): boolean =>
  name === "resnet18" || name === "resnet10" || mobileNetWidth(name) !== undefined;

/**
 * Reads a model's name, such as `dy-mobilenetv2-0.5_bottleneck`.
 *
 * @throws {RangeError} Naming the choices, if there is no such model.
 */
export function parseModelName(name: string): ModelName {
  const dynamic = name.startsWith("dy-");
  const [backbone = "", head = "", ...rest] = (dynamic ? name.slice(3) : name).split("_");
  const knownHead = HEADS.find((choice) => choice === head);
  if (rest.length > 0 || knownHead === undefined || !isBackbone(backbone)) {
    throw new RangeError(
      `model.name: expected [dy-]<backbone>_<head> with backbone ${BACKBONE_CHOICES.join(", ")} and head ${HEADS.join(", ")}, got "${name}"`,
    );
  }
  return { backbone, head: knownHead, dynamic };
}
