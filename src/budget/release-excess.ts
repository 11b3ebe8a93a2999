/**
 * Gives back what is too much of a reservation in pieces: what was reported last goes back first.
 *
 * @param excesses What was set aside beyond the first piece, oldest first.
 * @param change Told of every excess how much of it goes back.
 * @returns What goes back of the first piece; below 0 is a debt, which counts at the moment of that piece.
 */
export function releaseExcess<Piece extends { readonly tokens: number }>(
  excesses: readonly Piece[],
  tooMuch: number,
  change: (excess: Piece, back: number) => void,
): number {
  let rest = tooMuch;
  for (let index = excesses.length - 1; index >= 0; index -= 1) {
    const excess = excesses[index]!;
    const back = Math.min(excess.tokens, Math.max(0, rest));
    rest -= back;
    change(excess, back);
  }
  return rest;
}
