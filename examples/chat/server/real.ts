import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const passedOn = /^(content-type|retry-after(-ms)?|x-ratelimit-.+|x-request-id)$/;

/** The provider of `OPENAI_API_KEY`; the key stays here. */
export class Real {
  readonly model = process.env.OPENAI_MODEL ?? 'gpt-4o-mini';
  readonly #url = `${process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'}/chat/completions`;

  constructor(private readonly key: string) {}

  /** Who hangs up here hangs up there. */
  async answer(body: string, response: ServerResponse): Promise<void> {
    const hangUp = new AbortController();
    response.once('close', () => hangUp.abort());
    try {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${this.key}` };
      const answer = await fetch(this.#url, { method: 'POST', headers, body, signal: hangUp.signal });
      const hints = [...answer.headers].filter(([name]) => passedOn.test(name));
      response.writeHead(answer.status, Object.fromEntries(hints)).flushHeaders();
      await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), response);
    } catch {
      response.destroy(); // half an answer must not look like a whole one
    }
  }
}
