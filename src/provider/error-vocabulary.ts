/** A pattern for texts in lower case that reads `_` as any separator or none: `time_out` is in `time-out` and `timeout`. */
export function vocabulary(words: string): RegExp {
  return new RegExp(words.replace(/_/g, '[-_ ]?'), 'm');
}

/** What becomes of connections and bodies, in the codes and in the words of every browser and runtime. */
export const connection =
  'e?conn(?:ection)?_(?:was_|has_been_)?(?:reset|refused|aborted|lost|closed|terminated|err|appears)|' +
  'e?(?:net|host)_(?:un?reach|down|reset)|e(?:notfound|ai_again|pipe|proto)\\b|e?timed_out|time_out_(?:of|awaiting|exceeded)|' +
  '(?:connect|headers|body|network|socket)_time_out|premature_close|broken_pipe|network_(?:err|request_failed)|' +
  '(?:fetch|load) failed|(?:other side|peer|remote|server) closed|close_notify|typo in the url|failed to fetch|failed_to_open|hang up|(?:unable to|cannot|could not) connect|' +
  '(?:connect|dns|socket)_(?:err|closed)|error \\(connect|due to time|during pars|goaway|err_(?:conn|network|encoding|http2_(?!inv)|quic|internet|name|empty|incomplete|ssl(?!\\w*cert))|nghttp2|unexpected_e(?:of|nd of [fdj])|' +
  'hostname could|decoding failed|error (?:in (?:input|body)|sending|reading|decoding) |stream (?:closed|disconnected)|' +
  'socket disconnected|incorrect header|decompress|encoded_data|incomplete_json|json_pars|z(?:lib|_data|_buf)|brotli|' +
  'stream error:|body loading|parse error: (?:expected|invalid|missing|unexpected|data after)|truncated|did not receive|' +
  'content_length.{0,60}(?:exceed|mismatch)|match content_length|(?:kcf|nsurl|nsposix)error|interrupted\\b(?! by)';

/** A certificate that does not hold. */
export const certificate =
  '(?:err_(?:ssl\\w*)?)?cert(?:ificate|\\b|\\x5f)|self_signed|alt_name|unable_to_verify|unknown_issuer';
