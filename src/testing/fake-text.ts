/** Each word and its space are four bytes, which is what this library counts as a token. */
const words = 'let the sun and sea air dry all our old red wet hay for one day ';
export const bytesPerWord = 4;

let written = words;

/** Some tokens of an endless text, from one to before another. */
export function fakeText(from: number, to: number): string {
  const first = (from * bytesPerWord) % words.length;
  const length = (to - from) * bytesPerWord;
  while (written.length < first + length) {
    written += written;
  }
  return written.slice(first, first + length);
}
