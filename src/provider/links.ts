import { isObject, itemsOf, read } from './read';

/** So many errors of a chain are looked at: a chain may be a circle, or have no end. */
const mostLinks = 16;

/**
 * An error, then what caused it (`cause`) and what it gathers (`errors` of an AggregateError), nearest first.
 * Each stands there once.
 */
export function linksOf(error: unknown): unknown[] {
  const links = [error];
  for (let index = 0; index < links.length; index++) {
    const link = links[index];
    for (const next of [read(link, 'cause'), ...itemsOf(read(link, 'errors'), mostLinks)]) {
      if (links.length < mostLinks && (isObject(next) || typeof next === 'string') && !links.includes(next)) {
        links.push(next);
      }
    }
  }
  return links;
}

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
