import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { BehaviorSubject } from 'rxjs';
import type { Upstream } from './upstream';

const passedOn = /^(content-type|retry-after(-ms)?|x-ratelimit-.+|x-request-id)$/;
const exposed = [
  ...['retry-after', 'retry-after-ms', 'x-request-id', 'x-ratelimit-limit-requests', 'x-ratelimit-limit-tokens'],
  ...['x-ratelimit-remaining-requests', 'x-ratelimit-remaining-tokens'],
  ...['x-ratelimit-reset-requests', 'x-ratelimit-reset-tokens'],
].join(', ');

/** Hands requests of the page on to the provider; the key stays here. */
export class Relay {
  /** How many answers the page still waits for, as far as the server can see. */
  readonly open$ = new BehaviorSubject(0);

  constructor(
    private readonly upstream: Upstream,
    private readonly isOwn: (origin: string | undefined) => boolean,
  ) {}

  readonly receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { origin } = request.headers;
    if (!this.isOwn(origin)) {
      response.writeHead(403).end('This relay serves its own page only.\n');
      return;
    }
    response.setHeader('access-control-allow-origin', origin!);
    response.setHeader('access-control-expose-headers', exposed);
    response.setHeader('vary', 'origin');
    if (request.method === 'OPTIONS') {
      const allowed = { 'access-control-allow-headers': 'content-type', 'access-control-max-age': '600' };
      response.writeHead(204, allowed).end();
    } else if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      response.writeHead(404).end();
    } else if (this.upstream.faults?.isDown === true) {
      request.socket.destroy(); // as if nobody were there
    } else {
      await this.#hand(request, response);
    }
  };

  /** Who hangs up here hangs up there. */
  async #hand(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const hangUp = new AbortController();
    this.open$.next(this.open$.value + 1);
    response.once('close', () => {
      hangUp.abort();
      this.open$.next(this.open$.value - 1);
    });
    try {
      const headers = { 'content-type': 'application/json', ...this.upstream.headers };
      const body = await text(request);
      const answer = await fetch(this.upstream.url, { method: 'POST', headers, body, signal: hangUp.signal });
      const hints = [...answer.headers].filter(([name]) => passedOn.test(name));
      response.writeHead(answer.status, Object.fromEntries(hints)).flushHeaders();
      await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), response);
    } catch {
      response.destroy(); // half an answer must not look like a whole one
    }
  }
}
