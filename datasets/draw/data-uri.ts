/** An encoded picture as the address of itself: a page that holds it needs no other file. */
export const dataUri = (picture: Buffer, type: "image/jpeg" | "image/png"): string =>
  `data:${type};base64,${picture.toString("base64")}`;
