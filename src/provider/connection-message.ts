/** Only the beginning of a message is looked at. */
const longestStart = 300;

const connection = new RegExp(
  `^(?:${[
    'fetch failed', // undici
    'failed to fetch', // Chrome
    'load failed', // Safari
    'networkerror when attempting to fetch resource', // Firefox
    'network ?error', // Chrome in mid-stream, axios
    'network request failed', // React Native
    'network connection lost', // Cloudflare Workers
    'the network connection was lost', // Safari
    'the internet connection appears to be offline', // Safari
    'other side closed', // undici
    'socket hang up', // Node
    'premature close', // Node
    'connection error', // APIConnectionError of the SDKs
    'request timed out', // APIConnectionTimeoutError of the SDKs
  ].join('|')})(?![a-z0-9])|^terminated\\.?$`,
);

const systemError =
  /\b(?:econn(?:reset|refused|aborted)|etimedout|esockettimedout|epipe|enotfound|eai_again|enetunreach|ehostunreach)\b/;

const abort = /^(?:the user aborted a request|request was aborted|(?:this|the) operation was aborted)(?![a-z0-9])/;

/**
 * What the words of an error say of the connection, for errors that say it in no other way: browsers throw a bare
 * TypeError, and bundlers rename the classes of the SDKs.
 */
export function classOfMessage(message: string): 'transient' | 'aborted' | undefined {
  const start = message.slice(0, longestStart).trim().toLowerCase();
  if (abort.test(start)) {
    return 'aborted';
  }
  return connection.test(start) || systemError.test(start) ? 'transient' : undefined;
}
