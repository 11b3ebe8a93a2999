import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { BehaviorSubject } from 'rxjs';

/** Answers a request to the provider with this body. */
export type Answering = (body: string, response: ServerResponse) => void | Promise<void>;

/** Lets the page, and nobody else, ask the provider. */
export class Relay {
  /** How many answers the page still waits for, as far as the server can see. */
  readonly open$ = new BehaviorSubject(0);

  constructor(private readonly isOwn: (origin: string | undefined) => boolean) {}

  async receive(request: IncomingMessage, response: ServerResponse, answer: Answering): Promise<void> {
    const { origin } = request.headers;
    if (!this.isOwn(origin)) {
      response.writeHead(403).end('This relay serves its own page only.\n');
      return;
    }
    response.setHeader('access-control-allow-origin', origin!);
    response.setHeader('access-control-expose-headers', '*'); // the page reads what they say of limits
    response.setHeader('vary', 'origin');
    if (request.method === 'OPTIONS') {
      const allowed = { 'access-control-allow-headers': 'content-type', 'access-control-max-age': '600' };
      response.writeHead(204, allowed).end();
    } else if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      response.writeHead(404).end();
    } else {
      const body = await text(request);
      response.once('close', () => this.open$.next(this.open$.value - 1));
      const answering = answer(body, response);
      this.open$.next(this.open$.value + 1); // a fault that was armed is used up now
      await answering;
    }
  }
}
