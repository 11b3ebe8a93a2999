/** From so many characters on the platform counts faster, where it can. */
const longText = 25;

/** How many bytes a text has in UTF-8. Nothing is allocated; a lone surrogate counts as U+FFFD, three bytes. */
export function utf8Bytes(text: string): number {
  const platform = text.length > longText ? (globalThis as { Buffer?: typeof Buffer }).Buffer : undefined;
  return platform === undefined ? countedBytes(text) : platform.byteLength(text);
}

/** The same in every runtime. */
export function countedBytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes += 1;
    } else if (unit < 0x800) {
      bytes += 2;
    } else if (isHigh(unit) && isLow(text.charCodeAt(index + 1))) {
      bytes += 4;
      index += 1;
    } else {
      bytes += 3;
    }
  }
  return bytes;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** False for the NaN behind the end of a text. */
function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
