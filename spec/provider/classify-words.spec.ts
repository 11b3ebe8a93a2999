import { describe, expect, it } from 'vitest';
import { classifyError, type ErrorClass } from '../../src/provider';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('words of a connection that breaks, or of a body that is cut', () => {
  it.each([
    // Chromium
    'Failed to fetch', 'network error', 'net::ERR_CONNECTION_RESET', 'net::ERR_INCOMPLETE_CHUNKED_ENCODING', 'net::ERR_NETWORK_CHANGED',
    'net::ERR_INTERNET_DISCONNECTED', 'net::ERR_HTTP2_PROTOCOL_ERROR', 'net::ERR_QUIC_PROTOCOL_ERROR', 'net::ERR_NAME_NOT_RESOLVED',
    // Firefox
    'NetworkError when attempting to fetch resource.', 'Error in input stream', 'Error in body stream',
    // Safari
    'Load failed', 'The network connection was lost.', 'The Internet connection appears to be offline.', 'Could not connect to the server.',
    'A server with the specified hostname could not be found.', 'The request timed out.', ' A network error occurred.',
    // Node
    'fetch failed', 'terminated', 'other side closed', 'socket hang up', 'Premature close', 'read ECONNRESET', 'write EPIPE', 'getaddrinfo ENOTFOUND api.example.com',
    'getaddrinfo EAI_AGAIN x', 'Client network socket disconnected before secure TLS connection was established', 'Connect Timeout Error',
    'Headers Timeout Error', 'Body Timeout Error', 'unexpected end of file', 'incorrect header check', 'The encoded data was not valid for encoding utf-8', 'Decoding failed.',
    'Invalid response body while trying to fetch https://x: Premature close', 'The operation was aborted due to timeout', 'timeout of 10ms exceeded',
    // Deno
    'error sending request for url (https://x): connection closed before message completed', 'client error (Connect): tcp connect error: Connection refused (os error 111)',
    'error reading a body from connection: unexpected EOF during chunk size line', 'error decoding response body', 'dns error: failed to lookup address information',
    'Broken pipe (os error 32)', 'Connection reset by peer (os error 104)',
    // Bun
    'Unable to connect. Is the computer able to access the url?', 'The socket connection was closed unexpectedly.', 'The operation timed out.', 'Decompression failed',
    // others
    'aborted', 'timeout', '"timeout"', 'Response body loading was aborted', 'Parse Error: Expected HTTP/, RTSP/ or ICE/', 'Parse Error: Data after `Connection: close`',
    'ZlibError: incorrect data check', 'BrotliDecompressionError', 'Content-Length header of network response exceeds response Body.', "Response body's length does not match content-length header",
    'stream error: stream ID 5; INTERNAL_ERROR', 'peer closed connection without sending TLS close_notify', 'Was there a typo in the url or port?', 'Interrupted', 'Interrupted system call (os error 4)',
    'The operation couldn’t be completed. (kCFErrorDomainCFNetwork error 303.)', 'NSURLErrorDomain', 'net::ERR_SSL_PROTOCOL_ERROR', 'remote closed the connection',
    'Truncated event message received.', 'Did not receive done or success response in stream.',
    'Unexpected Status or Content-Type: Status 200 Content-Type text/html. Body: <html><head>', "Cannot use 'in' operator to search for 'object' in <!DOCTYPE html><html>",
    'Network request failed', 'Network connection lost.', 'stream disconnected before completion', 'Incomplete JSON segment at the end', 'HTTP/2: GOAWAY received',
  ])('"%s" is transient', (message) => {
    expect(classifyError(new TypeError(message))).toBe('transient');
    expect(classifyError(new Error('wrapped', { cause: new Error(message) }))).toBe('transient');
  });

  it.each([
    'ECONNRESET', 'ENETDOWN', 'ENETRESET', 'EHOSTUNREACH', 'EPROTO', 'EAI_AGAIN', 'HPE_INVALID_CONSTANT', 'Z_DATA_ERROR', 'Z_BUF_ERROR', 'ZlibError',
    'ERR_STREAM_PREMATURE_CLOSE', 'ERR_SOCKET_CONNECTION_TIMEOUT', 'ERR_BAD_RESPONSE', 'ERR_ENCODING_INVALID_ENCODED_DATA', 'UND_ERR_CONNECT_TIMEOUT',
    'ERR_SSL_WRONG_VERSION_NUMBER', 'AjaxError', 'non-json', 'Interrupted',
    'UND_ERR_SOCKET', 'ConnectionRefused', 'ConnectionClosed', 'FailedToOpenSocket', 'UnexpectedEof', 'BrokenPipe', 'TimedOut',
  ])('the code %s is transient', (code) => {
    expect(classifyError(coded(code))).toBe('transient');
  });

  it.each([
    'Unexpected end of JSON input', `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`, 'Unterminated string in JSON at position 5',
    'JSON.parse: unexpected character at line 1 column 1 of the JSON data', 'JSON Parse error: Unterminated string', 'Unexpected EOF',
    'The string did not match the expected pattern.',
  ])('a SyntaxError "%s" is transient', (message) => {
    expect(classifyError(new SyntaxError(message))).toBe('transient');
  });

  it.each(['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'ERR_SSL_SERVER_CERT_BAD_FORMAT'])('but the code %s is of a certificate', (code) => {
    expect(classifyError(coded(code))).toBe('fatal');
    expect(classifyError(new Error(`net::${code}`))).toBe('fatal');
  });

  it.each(['The stream was interrupted by the user', 'I aborted it', 'AI_TypeValidationError', 'ResponseValidationError'])('"%s" says nothing of a connection', (words) => {
    expect(classifyError(new Error(words))).toBe('unknown');
    expect(classifyError(coded(words))).toBe('unknown');
  });

  it('looks at the first 300 characters', () => {
    expect(classifyError(new Error(`${'x '.repeat(100)}ECONNRESET`))).toBe('transient');
    expect(classifyError(new Error(`${'x '.repeat(150)}ECONNRESET`))).toBe('unknown');
  });
});

describe('words of a mistake in the program', () => {
  it.each([
    // V8
    "Cannot read properties of undefined (reading 'x')", "Cannot read property 'x' of undefined", 'x is not a function', 'x is not iterable', 'x is not a constructor',
    'Cannot convert undefined or null to object', 'Assignment to constant variable.', 'Converting circular structure to JSON', 'Illegal invocation',
    "Class constructor X cannot be invoked without 'new'", 'Do not know how to serialize a BigInt', 'Reduce of empty array with no initial value',
    // SpiderMonkey
    `can't access property "x", y is undefined`, 'x is undefined', 'x is null', 'cyclic object value', 'invalid assignment to const x', '"x" is read-only',
    // JavaScriptCore
    "undefined is not an object (evaluating 'a.b')", 'null is not an object', 'Attempted to assign to readonly property.', 'Spread syntax requires ...iterable to be a function',
  ])('a TypeError "%s" is fatal', (message) => {
    expect(classifyError(new TypeError(message))).toBe('fatal');
    expect(classifyError(new Error(message))).toBe('unknown');
  });

  it.each([
    new TypeError('x'), new TypeError('terminated by the guard'), new TypeError('Body is unusable'), new SyntaxError('Invalid regular expression: /(/: Unterminated group'),
    new TypeError('timeout must be a number'), new EvalError('x'), new URIError('URI malformed'), new Error('I am certain of that'),
  ])('%s is unknown, whatever its class', (error) => {
    expect(classifyError(error)).toBe('unknown');
  });
});

describe('certificates', () => {
  it.each([
    'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is fatal, though the connection failed', (code) => {
    expect(classifyError(new TypeError('fetch failed', { cause: coded(code) }))).toBe('fatal');
  });

  it.each([
    'self-signed certificate in certificate chain', 'unable to verify the first certificate', "Hostname/IP does not match certificate's altnames",
    'client error (Connect): invalid peer certificate: UnknownIssuer', 'net::ERR_CERT_AUTHORITY_INVALID', 'request to https://x failed, reason: certificate has expired',
  ])('"%s" is fatal, though the connection failed', (message) => {
    expect(classifyError(new TypeError('fetch failed', { cause: new Error(message) }))).toBe('fatal');
  });
});

describe('words of a 429', () => {
  it.each<[string, ErrorClass]>([
    ['tokens per min (TPM): Limit 30000, Requested 31538.', 'fatal'],
    ['tokens per min (TPM): Limit 30,000, Requested 31,538.', 'fatal'],
    ['Limit: 6000, requested: 7000', 'fatal'],
    ['Request too large for model x', 'fatal'],
    ['tokens per min (TPM): Limit 10000, Used 8554, Requested 3082. Please try again in 9.816s.', 'throttled'],
    ['Limit 30000, Requested a lot', 'throttled'],
    ['The request is too large.', 'fatal'],
    ['The request was too large.', 'throttled'],
    ['Limit 5, requested 5', 'throttled'],
    ['Limit 5000, requested 5,001, used 0', 'fatal'],
    ['Requested: 12, limit: 11', 'fatal'],
    ['Unlimited 5, requested 6', 'throttled'],
    ['Limit 5, unrequested 6', 'throttled'],
    ['Limit is 5, requested 6', 'throttled'],
    ['requests per day (RPD): Limit 200, Used 200, Requested 1.', 'fatal'],
    ["limit 'Requests per day per user per tier'", 'fatal'],
    ['You are using a Trial key, which is limited to 1000 API calls / month.', 'fatal'],
    ['You are using a Trial key, which is limited to 20 API calls / minute.', 'throttled'],
    ['Limit: 50 requests/day', 'fatal'],
    ['100 requests per 24 hours', 'fatal'],
    ['See https://example.com/daycare', 'throttled'],
    ['Daily quota exceeded', 'fatal'],
    ['Your monthly usage limit has been reached', 'fatal'],
    ['You exceeded your current quota, please check your plan and billing details.', 'fatal'],
    ['You exceeded your current quota, please check your plan and billing details.\nPlease retry in 38.6s.', 'throttled'],
    ['10 requests per minute are allowed in your plan', 'throttled'],
    ['Today is a busy day', 'throttled'],
  ])('"%s" is %s', (message, kind) => {
    expect(classifyError({ status: 429, message })).toBe(kind);
    expect(classifyError({ code: 'rate_limit_exceeded', error: { message } })).toBe(kind);
  });

  it('name a quota of a day in details, too', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', metadata: { quota_limit: 'GenerateContentRequestsPerDayPerProjectPerRegion' } }];
    expect(classifyError({ status: 429, error: { details } })).toBe('fatal');
  });

  it('count for nothing beside another status', () => {
    expect(classifyError({ status: 503, message: 'Daily maintenance' })).toBe('transient');
  });
});

describe('codes', () => {
  it.each(['insufficient_quota', 'workspace_spend_limit_exceeded', 'my_spend_limit_reached', 'usage_limit_reached', 'dailyLimitExceeded', 'QUOTA_EXHAUSTED', 'insufficient_credits'])('%s is fatal with a 429', (code) => {
    expect(classifyError({ status: 429, code })).toBe('fatal');
  });

  it('are read up to 128 characters', () => {
    expect(classifyError({ code: '_slow_down'.padStart(128, 'x') })).toBe('throttled');
    expect(classifyError({ code: '_slow_down'.padStart(129, 'x') })).toBe('unknown');
  });

  it('count before the names of classes', () => {
    class RateLimitError extends Error {}
    expect(classifyError(new RateLimitError('x'))).toBe('throttled');
    expect(classifyError(Object.assign(new RateLimitError('x'), { code: 'server_error' }))).toBe('transient');
  });
});
