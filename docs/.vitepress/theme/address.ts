/** The state of what can be played with is in the address: a link to it shows the same. */
export function readAddress(name: string): URLSearchParams {
  const own = [...new URLSearchParams(location.search)].filter(([key]) => key.startsWith(`${name}.`));
  return new URLSearchParams(own.map(([key, value]) => [key.slice(name.length + 1), value]));
}

/** Puts what differs from the start into the address, and returns it. */
export function writeAddress(name: string, changed: Readonly<Record<string, string>>): string {
  const all = new URLSearchParams(location.search);
  for (const key of [...all.keys()].filter((each) => each.startsWith(`${name}.`))) {
    all.delete(key);
  }
  for (const [key, value] of Object.entries(changed)) {
    all.set(`${name}.${key}`, value);
  }
  const query = all.toString();
  const address = `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`;
  history.replaceState(history.state, '', address);
  return address;
}
