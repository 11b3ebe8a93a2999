import { createServer, type Server, type ServerResponse } from 'node:http';
import type { RedisCircuitBreakerConfig } from '../../../src/redis';
import { Child } from './workers';

/** How a process calls: this provider, with such a breaker, every so many ms. */
export interface Calling extends RedisCircuitBreakerConfig {
  /** Told with everything that happens. */
  readonly run: number;
  readonly provider: string;
  readonly every: number;
}

/** What a breaker of a process told, and when. */
export interface Happened {
  readonly run: number;
  readonly type: 'opened' | 'half-opened' | 'closed' | 'unavailable' | 'available';
  readonly at: number;
}

/** A process that calls a provider all the time, through a breaker. */
export class CallingProcess extends Child {
  #happened: Happened[] = [];
  #run = 0;

  constructor(
    url: string,
    readonly name: string,
  ) {
    super('./caller.ts', [url, name]);
    this.process.on('message', (told) => {
      if (told !== 'ready' && (told as Happened).run === this.#run) {
        this.#happened.push(told as Happened);
      }
    });
  }

  begin(calling: Calling): void {
    this.#happened = [];
    this.#run = calling.run;
    this.process.send(calling);
  }

  /** When this was told, first after a time. */
  when(type: Happened['type'], after = 0): number | undefined {
    return this.#happened.find((each) => each.type === type && each.at >= after)?.at;
  }
}

/** A request as the provider saw it. */
export interface Request {
  readonly process: string;
  /** By the process that sent it. */
  readonly sentAt: number;
  endedAt: number | undefined;
  readonly response: ServerResponse;
}

/** A provider that is up or down, and notes every request. */
export class Provider {
  readonly requests: Request[] = [];
  /** The most requests at a time since this was set to 0. */
  most = 0;
  /** What it does with requests; `hang` answers nothing. */
  mode: 'up' | 'down' | 'hang' = 'up';
  /** How long an answer takes, in ms. */
  takes = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const [process, sentAt] = request.url!.split('?')[1]!.split('&') as [string, string];
      const seen: Request = { process, sentAt: Number(sentAt), endedAt: undefined, response };
      this.requests.push(seen);
      response.once('close', () => {
        seen.endedAt = Date.now();
      });
      this.most = Math.max(this.most, this.open.length);
      if (this.mode !== 'hang') {
        setTimeout(() => this.answer(seen), this.takes);
      }
    });
  }

  static async start(): Promise<Provider> {
    const provider = new Provider();
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/`;
  }

  get open(): Request[] {
    return this.requests.filter(({ endedAt }) => endedAt === undefined);
  }

  since(time: number): Request[] {
    return this.requests.filter(({ sentAt }) => sentAt > time);
  }

  answer({ response }: Request, mode = this.mode): void {
    response.writeHead(mode === 'up' ? 200 : 503, { 'Content-Type': 'text/plain' });
    response.end(mode);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
