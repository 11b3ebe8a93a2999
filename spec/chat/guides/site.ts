import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is answered to every prompt but those that go on for long. */
export const words = ['One ', 'answer ', 'is ', 'shown ', 'once.'];

/** A page for each bundle, and a server that answers as the guide says: chunks of a provider as server-sent events. */
export class Site {
  /** Requests, by prompt. */
  readonly asked = new Map<string, number>();
  /** Answers that are on their way. */
  open = 0;
  private readonly server: Server;

  constructor(private readonly bundles: Readonly<Record<string, string>>) {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => response.destroy());
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.slice(1);
    if (request.method === 'POST') {
      await this.answer(request, response);
    } else if (path.endsWith('.js')) {
      response.setHeader('content-type', 'text/javascript').end(this.bundles[path.replace('.js', '')]);
    } else {
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<!doctype html><link rel="icon" href="data:,"><div id="place"></div><script type="module" src="/${path}.js"></script>`,
        );
    }
  }

  /** `slowly`: goes on for long. `cut 2`: the first time the connection breaks after so many chunks. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt } = (await new Response(request as never).json()) as { prompt: string };
    const count = (this.asked.get(prompt) ?? 0) + 1;
    this.asked.set(prompt, count);
    this.open += 1;
    response.on('close', () => {
      this.open -= 1;
    });
    const chunks = /slowly/i.test(prompt) ? Array.from({ length: 500 }, () => 'word ') : words;
    const cut = count === 1 ? /cut (\d)/.exec(prompt)?.[1] : undefined;
    const isText = request.headers.accept === 'text/plain';
    const type = isText ? 'text/plain; charset=utf-8' : 'text/event-stream';
    response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' }).flushHeaders();
    for (const [place, content] of chunks.entries()) {
      if (response.destroyed || String(place) === cut) {
        response.destroy();
        return;
      }
      response.write(isText ? content : event({ content }));
      await sleep(10);
    }
    if (cut === String(chunks.length)) {
      response.destroy();
      return;
    }
    response.end(isText ? '' : `${event({}, 'stop')}data: [DONE]\n\n`);
  }
}

/** A chunk of a provider; the last one says why the answer ends. */
function event(delta: object, finish_reason: string | null = null): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
}
