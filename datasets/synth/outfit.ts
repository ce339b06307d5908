import { type Color, clothColor, darker, hairColor, skinColor } from "./color.ts";
import type { RandomStream } from "./random-stream.ts";

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
  /** Gloves and shoes, and bands at elbows and knees, in the kit's colours. */
  readonly kit?: Kit;
}

interface Kit {
  readonly gloves: Color;
  readonly elbows: Color;
  readonly knees: Color;
}

/** The same for everyone, and left and right alike: a mirrored picture is still a valid one. */
const KIT: Kit & Pick<Outfit, "shoes"> = {
  gloves: { hue: 0, saturation: 85, lightness: 48 },
  elbows: { hue: 50, saturation: 95, lightness: 52 },
  knees: { hue: 205, saturation: 90, lightness: 48 },
  shoes: { hue: 130, saturation: 80, lightness: 32 },
};

export function sampleOutfit(random: RandomStream, wearsKit = false): Outfit {
  const shirt = clothColor(random);
  const trousers = clothColor(random);
  const tooAlike = Math.abs(shirt.lightness - trousers.lightness) < 12;
  return {
    skin: skinColor(random),
    hair: hairColor(random),
    shirt,
    trousers: tooAlike ? darker(trousers, trousers.lightness > 45 ? 0.5 : 1.7) : trousers,
    shoes: wearsKit ? KIT.shoes : darker(clothColor(random), 0.6),
    sleeves: random.pick(["short", "short", "long"]),
    legs: random.pick(wearsKit ? ["long", "shorts"] : ["long", "long", "shorts", "skirt"]),
    hairStyle: random.pick(["short", "short", "short", "long", "long", "bald"]),
    buttons: random.chance(0.6),
    ...(wearsKit && { kit: KIT }),
  };
}
