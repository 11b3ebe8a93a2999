/** The first answer that a link gives. */
export function firstOf<L, A>(links: readonly L[], ask: (link: L) => A | undefined): A | undefined {
  for (const link of links) {
    const answer = ask(link);
    if (answer !== undefined) {
      return answer;
    }
  }
  return undefined;
}
