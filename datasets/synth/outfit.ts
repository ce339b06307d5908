import { type Color, clothColor, darker, hairColor, skinColor } from "./color.ts";
import type { Random } from "./random.ts";

/** What a person looks like, pose aside. */
export interface Outfit {
  readonly skin: Color;
  readonly hair: Color;
  readonly shirt: Color;
  readonly trousers: Color;
  readonly shoes: Color;
  readonly sleeves: "short" | "long";
  readonly legs: "shorts" | "long" | "skirt";
  readonly hairStyle: "short" | "long" | "bald";
  /** A line of buttons down the front. */
  readonly buttons: boolean;
}

export function sampleOutfit(random: Random): Outfit {
  const shirt = clothColor(random);
  const trousers = clothColor(random);
  const tooAlike = Math.abs(shirt.lightness - trousers.lightness) < 12;
  return {
    skin: skinColor(random),
    hair: hairColor(random),
    shirt,
    trousers: tooAlike ? darker(trousers, trousers.lightness > 45 ? 0.5 : 1.7) : trousers,
    shoes: darker(clothColor(random), 0.6),
    sleeves: random.pick(["short", "short", "long"]),
    legs: random.pick(["long", "long", "shorts", "skirt"]),
    hairStyle: random.pick(["short", "short", "short", "long", "long", "bald"]),
    buttons: random.chance(0.6),
  };
}
