import { read } from '../../provider/read';
import { type SaidRefusal, type Shape, wordsOf } from './shape';

function said(status: number, error: string): SaidRefusal {
  return { status, message: error, body: { error } };
}

/** Plain text, as a server of one's own may send it. It cannot say that it fails, nor what is left of a limit. */
export const text: Shape<string> = {
  head: () => [],
  content: (content) => content,
  tail: () => [],
  failure: () => undefined,
  throttled: (refusal) => said(429, `Too many ${wordsOf(refusal?.by ?? 'requests')}`),
  overloaded: () => said(503, 'Overloaded'),
  notFound: () => undefined, // any path will do
  headers: () => ({}),

  streams: (_path, body) => read(body, 'stream') !== false,
  isWanted: () => true,
  contentType: 'text/plain; charset=utf-8',
  wire: (content) => content,
  garbled: '\ufffd',
  wireEnd: '',
  whole: (content) => content,
};
