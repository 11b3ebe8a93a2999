/** The sources that every operator must mirror: a name, the marbles, and when the source is subscribed. */
export const mirrored: readonly (readonly [name: string, marbles: string, subscription: string])[] = [
  ['never           ', '------ ', '^------!'],
  ['empty           ', '|      ', '(^!)    '],
  ['one value       ', '--a|   ', '^--!    '],
  ['many            ', '-ab-c| ', '^----!  '],
  ['an error before ', '#      ', '(^!)    '],
  ['an error after  ', '-ab#   ', '^--!    '],
];
