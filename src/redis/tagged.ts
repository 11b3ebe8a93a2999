/**
 * The key with a hash tag, so that all keys made from it are in one slot of a cluster. A tag that the user gave is kept.
 * Two keys never give the same.
 */
export function tagged(key: string): string {
  return /^[^{]*\{[^}]+\}/.test(key) ? `${key.length}:${key}` : `{${key.replace(/[%{}]/g, encodeURIComponent)}}`;
}
