import type { EvalParams } from "./params.ts";

/**
 * Numbers the cells: one image and one category, whose persons and detections are matched together. Images ascend
 * within a category; without categories an image is one cell.
 */
export class CellIndex {
  readonly numCategories: number;
  readonly #images: ReadonlyMap<number, number>;
  readonly #categories: ReadonlyMap<number, number>;
  readonly #useCategories: boolean;

  constructor({ imageIds, categoryIds, useCategories }: EvalParams) {
    this.#images = new Map(imageIds.map((id, index) => [id, index]));
    this.#categories = new Map(categoryIds.map((id, index) => [id, index]));
    this.#useCategories = useCategories;
    this.numCategories = useCategories ? categoryIds.length : 1;
  }

  /** The cell of an annotation or a result, or -1 for what is not evaluated. */
  cellOf(record: { readonly imageId: number; readonly categoryId: number }): number {
    const image = this.#images.get(record.imageId);
    const category = this.#categories.get(record.categoryId);
    if (image === undefined || category === undefined) return -1;
    return (this.#useCategories ? category : 0) * this.#images.size + image;
  }

  /** Index of the category that a cell belongs to. */
  categoryOf(cell: number): number {
    return Math.floor(cell / this.#images.size);
  }
}

/** Adds to the group of a cell. */
export function addToCell<T>(groups: Map<number, T[]>, cell: number, record: T): void {
  const group = groups.get(cell);
  if (group) group.push(record);
  else groups.set(cell, [record]);
}
