/** Where a block of a network stands, as other libraries' names need to know it. */
export interface BlockPart {
  /** From 1. */
  readonly stage: number;
  /** Within its stage, from 0. */
  readonly block: number;
  /** Of the block among all of the network, from 1. */
  readonly index: number;
  /** What the part is called here: `expand`, `depthwise`, `first` … */
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
  /** Modules outside the blocks, by our names. */
  readonly outside: Readonly<Record<string, ModulePair>>;
  /** Path of a block's part. */
  block(part: BlockPart): ModulePair;
  /** Whether the classifier's hidden layer is a 1×1 convolution there. */
  readonly hiddenIsConv?: boolean;
  /** Added to the variance in its batch normalisation, where it differs from ours. */
  readonly epsilon?: number;
}
