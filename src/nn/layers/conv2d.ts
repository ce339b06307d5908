import * as tf from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { addBias } from "../ops/add-bias.ts";
import { CONVOLUTIONS, type ConvKind } from "../ops/convolution.ts";
import { dilateKernel } from "../ops/dilate-kernel.ts";
import { type ConvArgs, ConvLayer } from "./conv-layer.ts";
import { inGroups } from "./in-groups.ts";

/** A convolution with one kernel for every image: k×k, 1×1, depthwise or grouped, padded as in PyTorch. */
abstract class StaticConv extends ConvLayer {
  private kernel?: LayerVariable;
  private bias?: LayerVariable;
  private kind: ConvKind = "conv";

  override build(inputShape: Shape | Shape[]): void {
    const channels = this.inputChannels(inputShape as Shape);
    this.kind = this.kindFor(channels);
    const shape = [...this.kernelSize, ...this.kernelChannels(channels)];
    this.kernel = this.normalWeight("kernel", shape, this.kernelDeviation);
    if (this.useBias) this.bias = this.zeroWeight("bias", [this.filters]);
    this.multiplyAdds = this.convMultiplyAdds(inputShape as Shape);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
      const kernel = dilateKernel((this.kernel as LayerVariable).read(), this.dilation);
      const groups = this.kind === "conv" ? this.groups : 1;
      const y = inGroups(groups, x, kernel, (part, weights) =>
        CONVOLUTIONS[this.kind].forward(part, weights, this.geometry),
      );
      return this.shifted(this.bias ? addBias(y, this.bias.read()) : y);
    });
  }

  protected override scaleOutputs(scale: tf.Tensor): void {
    const kernel = this.kernel as LayerVariable;
    kernel.write(tf.mul(kernel.read(), this.kernelScale(scale, this.kind)));
    this.bias?.write(tf.mul(this.bias.read(), scale));
  }
}

export class Conv2D extends StaticConv {
  static readonly className = "DyposeConv2D";
  constructor(args: ConvArgs) {
    super(args, false);
  }
}

/** Transposed convolution ("deconvolution"): 4×4 with stride 2 and padding 1 doubles an image. */
export class Conv2DTranspose extends StaticConv {
  static readonly className = "DyposeConv2DTranspose";
  constructor(args: ConvArgs) {
    super(args, true);
  }
}
