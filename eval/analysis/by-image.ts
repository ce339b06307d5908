/** Groups records by their image, in the order of their first appearance. */
export function byImage<Item extends { readonly imageId: number }>(
  items: readonly Item[],
): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const group = groups.get(item.imageId);
    if (group) group.push(item);
    else groups.set(item.imageId, [item]);
  }
  return groups;
}
