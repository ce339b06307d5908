import type { BackboneName } from "../../models/model-name.ts";
/** A convolution's place in a network of blocks: what other libraries' names are made of. */
export interface BlockPart {
  /** From 1. */
  readonly stage: number;
  /** Within its stage, from 0. */
  readonly block: number;
  /** Of the block among all of the network, from 1. */
  readonly index: number;
  /** Its name in dypose: `expand`, `depthwise`, `first` … */
  readonly part: string;
  /** Of the part within its block, from 0. */
  readonly position: number;
  /** The same, counting convolutions alone. */
  readonly convolution: number;
  readonly hasExpansion: boolean;
}

/** Paths of the modules that make up one convolution with its normalisation, or the two layers of a squeeze. */
export type ModulePair = readonly [first: string, second: string];

/** How a library names the modules of one kind of network. */
export interface Naming {
  /** Modules outside the blocks, by dypose's names. */
  readonly outside: Readonly<Record<string, ModulePair>>;
  /** Path of a block's part. */
  block(part: BlockPart): ModulePair;
  /** Whether the library's classifier has a 1×1 convolution for a hidden layer. */
  readonly hiddenIsConv?: boolean;
  /** The library's ε of batch normalisation, where it differs from dypose's. */
  readonly epsilon?: number;
}

/** A module that stands alone. */
const alone = (path: string): ModulePair => [path, path];

const RESNET_PARTS: Readonly<Record<string, ModulePair>> = {
  first: ["conv1", "bn1"],
  second: ["conv2", "bn2"],
  shortcut: ["downsample.0", "downsample.1"],
};

/** Both libraries': `layer2.0.conv1`. */
const resNet: Naming = {
  outside: { stem: ["conv1", "bn1"], classes: alone("fc") },
  block: ({ stage, block, part }) => {
    const [conv, norm] = RESNET_PARTS[part] as ModulePair;
    return [`layer${stage}.${block}.${conv}`, `layer${stage}.${block}.${norm}`];
  },
};

/** torchvision numbers the modules of a block; in MobileNetV2 the last convolution is not wrapped up with its norm. */
const torchvisionV2: Naming = {
  outside: {
    stem: ["features.0.0", "features.0.1"],
    last: ["features.18.0", "features.18.1"],
    classes: alone("classifier.1"),
  },
  block: ({ index, part, position }) => {
    const path = `features.${index}.conv`;
    return part === "project"
      ? [`${path}.${position}`, `${path}.${position + 1}`]
      : [`${path}.${position}.0`, `${path}.${position}.1`];
  },
};

const torchvisionV3: Naming = {
  outside: {
    stem: ["features.0.0", "features.0.1"],
    last: ["features.12.0", "features.12.1"],
    hidden: alone("classifier.0"),
    classes: alone("classifier.3"),
  },
  block: ({ index, part, position }) => {
    const path = `features.${index}.block.${position}`;
    return part === "squeeze" ? [`${path}.fc1`, `${path}.fc2`] : [`${path}.0`, `${path}.1`];
  },
};

/** timm names a block's convolutions by what they do; without an expansion, the last one takes the first one's name. */
function timmBlock({ stage, block, part, convolution, hasExpansion }: BlockPart): ModulePair {
  const path = `blocks.${stage - 1}.${block}`;
  if (part === "squeeze") return [`${path}.se.conv_reduce`, `${path}.se.conv_expand`];
  const names = { expand: "conv_pw", depthwise: "conv_dw", project: hasExpansion ? "conv_pwl" : "conv_pw" };
  return [`${path}.${names[part as keyof typeof names]}`, `${path}.bn${convolution + 1}`];
}

const timmV2: Naming = {
  outside: { stem: ["conv_stem", "bn1"], last: ["conv_head", "bn2"], classes: alone("classifier") },
  block: timmBlock,
};

const timmV3: Naming = {
  outside: {
    stem: ["conv_stem", "bn1"],
    last: ["blocks.5.0.conv", "blocks.5.0.bn1"],
    hidden: alone("conv_head"),
    classes: alone("classifier"),
  },
  block: timmBlock,
  hiddenIsConv: true,
  epsilon: 1e-5,
};

/** Libraries whose weights can be read, and which backbones they have. */
const NAMINGS = {
  torchvision: { resnet18: resNet, mobilenetv2: torchvisionV2, "mobilenetv3-small": torchvisionV3 },
  timm: { resnet18: resNet, mobilenetv2: timmV2, "mobilenetv3-small": timmV3 },
} as const satisfies Record<string, Partial<Record<BackboneName, Naming>>>;

export type WeightsLibrary = keyof typeof NAMINGS;

/** The naming of a library's network. @throws {RangeError} If it has none. */
export function namingOf(library: WeightsLibrary, backbone: BackboneName): Naming {
  const namings: Partial<Record<BackboneName, Naming>> = NAMINGS[library];
  const naming = namings[backbone];
  if (naming) return naming;
  const choices = Object.keys(namings).join(", ");
  throw new RangeError(`import: expected a network that ${library} has (${choices}), got ${backbone}`);
}
