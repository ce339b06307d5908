import type { SampleKey } from "../augment/augment-crop.ts";
import type { CropGeometry } from "../crop/crop-geometry.ts";
import { readImage } from "../image/read-image.ts";
import type { PersonSample } from "./person-sample.ts";
import {
  createSampleRenderer,
  type RenderSettings,
  type SampleRenderer,
  type SampleRow,
} from "./sample-renderer.ts";

/** What became of a row: the region it shows, or why its image could not be read. */
export type RowResult = { readonly crop: CropGeometry } | { readonly error: Error };

/** Fills rows of batches from image files. */
export interface RowFiller {
  fill(path: string, sample: PersonSample, key: SampleKey, row: SampleRow): Promise<RowResult>;
}

/** Does all the work in the thread that asks. */
export class InlineFiller implements RowFiller {
  readonly #render: SampleRenderer;

  constructor(settings: RenderSettings) {
    this.#render = createSampleRenderer(settings);
  }

  async fill(path: string, sample: PersonSample, key: SampleKey, row: SampleRow): Promise<RowResult> {
    try {
      return { crop: this.#render(await readImage(path), sample, key, row) };
    } catch (error) {
      return { error: error as Error };
    }
  }
}
