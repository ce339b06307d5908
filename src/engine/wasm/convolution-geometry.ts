import { backend_util } from "@tensorflow/tfjs-core";

/** One spatial axis of a convolution; it tells which input cells each output cell reads. */
export interface ConvolutionAxis {
  /** Cells of the convolution's input. */
  readonly inSize: number;
  /** Cells of the convolution's output. */
  readonly outSize: number;
  readonly filterSize: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the input's first cell. */
  readonly padBefore: number;
}

export interface ConvolutionGeometry {
  readonly rows: ConvolutionAxis;
  readonly columns: ConvolutionAxis;
  readonly batchSize: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** Sizes of a [B, H, W, C] tensor. */
export type Shape4D = [number, number, number, number];

/** Zeros before and after each axis of a [B, H, W, C] tensor. */
export type Padding = [[0, 0], [number, number], [number, number], [0, 0]];

/** The attributes of tfjs's convolution kernels that say where the filter goes. */
export interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** @throws {RangeError} For NCHW, which tfjs's WebAssembly kernels do not compute either. */
export function convolutionGeometry(
  inputShape: Shape4D,
  filterShape: Shape4D,
  attributes: ConvolutionAttributes,
  depthwise: boolean,
): ConvolutionGeometry {
  const { strides, pad, dataFormat = "NHWC", dilations = 1, dimRoundingMode } = attributes;
  if (dataFormat !== "NHWC") {
    throw new RangeError(`wasm convolution gradient: expected data format NHWC, got ${dataFormat}`);
  }
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
  return {
    rows: {
      inSize: info.inHeight,
      outSize: info.outHeight,
      filterSize: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      padBefore: info.padInfo.top,
    },
    columns: {
      inSize: info.inWidth,
      outSize: info.outWidth,
      filterSize: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      padBefore: info.padInfo.left,
    },
    batchSize: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
  };
}
