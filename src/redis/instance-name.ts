/** A name that no other policy object has, in any process. Web Crypto is in every runtime. */
export function instanceName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_');
}
