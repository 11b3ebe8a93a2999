/** Only the beginning of a message is looked at. */
const longestStart = 300;

/** All but the last as it stands at the beginning of the message, in lower case. */
const connection: readonly RegExp[] = [
  /^fetch failed\b|^other side closed\b|^terminated\.?$/, // undici
  /^failed to fetch\b|^network error\b/, // Chrome, the latter in mid-stream; axios
  /^load failed\b|^the (?:network connection was lost|internet connection appears to be offline)\b/, // Safari
  /^networkerror when attempting to fetch resource\b/, // Firefox
  /^network request failed\b|^network connection lost\b/, // React Native; Cloudflare Workers
  /^socket hang up\b|^premature close\b/, // Node
  /^connection error\b|^request timed out\b/, // APIConnectionError and APIConnectionTimeoutError of the SDKs
  // A system error, which stands anywhere
  /\b(?:econn(?:reset|refused|aborted)|etimedout|esockettimedout|epipe|enotfound|eai_again|enetunreach|ehostunreach)\b/,
];

const abort = /^(?:the user aborted a request|request was aborted|(?:this|the) operation was aborted)\b/;

/**
 * What the words of an error say of the connection, for errors that say it in no other way: browsers throw a bare
 * TypeError, and bundlers rename the classes of the SDKs.
 */
export function classOfMessage(message: string): 'transient' | 'aborted' | undefined {
  const start = message.slice(0, longestStart).trim().toLowerCase();
  if (abort.test(start)) {
    return 'aborted';
  }
  return connection.some((words) => words.test(start)) ? 'transient' : undefined;
}
