import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Observable, type SchedulerLike } from 'rxjs';
import { tokenBucket } from 'rxjs-resilience';
import { type FakeProvider, fakeProvider, seededRandom } from 'rxjs-resilience/testing';

/** Tokens of each answer. */
export const words = 20;

/** What a site is like. */
export interface Nature {
  /** Requests a second. */
  readonly limit: number;
  /** ms to the first chunk, at least; at most twice as many. */
  readonly latency: number;
  /** It answers 401 to everybody. */
  readonly isLocked?: boolean;
}

/** A second as the server saw it. */
export interface Second {
  readonly requests: number;
  readonly refused: number;
  /** Requests that were let in. */
  readonly taken: number;
}

/** A provider that may go away. What it sees is what is judged. */
export class Site {
  readonly seconds: Second[] = [];
  /** How many answers were given in whole, by call. */
  readonly answered = new Map<string, number>();
  private readonly provider: FakeProvider<'openai'>;
  private isAway = false;
  /** Requests that came while it was away, or is locked. */
  private turnedAway = 0;
  private before = { requests: 0, refused: 0, turnedAway: 0 };
  /** Break the connections that are open. */
  private readonly cuts = new Set<() => void>();
  private readonly server: Server;

  constructor(
    readonly nature: Nature,
    private readonly scheduler: SchedulerLike,
    seed: number,
  ) {
    const { limit, latency } = nature;
    this.provider = fakeProvider({
      limits: tokenBucket({ capacity: limit, refill: limit, interval: 1_000 }),
      latency: (random) => latency * (1 + random()),
      tokensPerSecond: 40,
      refusalLatency: 5,
      random: seededRandom(seed),
      scheduler,
    });
    this.server = createServer((request, response) => this.receive(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/chat/completions`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** From now on it breaks every connection, also those that are open. */
  goAway(): void {
    this.isAway = true;
    for (const cut of [...this.cuts]) {
      cut();
    }
  }

  comeBack(): void {
    this.isAway = false;
  }

  /** A second is over. */
  tick(): void {
    const { server } = this.provider;
    const now = { requests: server.requests + this.turnedAway, refused: server.refused, turnedAway: this.turnedAway };
    const [requests, refused] = [now.requests - this.before.requests, now.refused - this.before.refused];
    this.seconds.push({ requests, refused, taken: requests - refused - (now.turnedAway - this.before.turnedAway) });
    this.before = now;
  }

  /** One answer without a network. */
  ask(call: string): Observable<object> {
    return new Observable((subscriber) => {
      const isTurnedAway = this.turnsAway();
      const cut = () => subscriber.error(Object.assign(new TypeError('terminated'), { code: 'ECONNRESET' }));
      if (isTurnedAway) {
        const fail = this.nature.isLocked ? () => subscriber.error({ status: 401 }) : cut;
        subscriber.add(this.scheduler.schedule(fail, 5));
        return;
      }
      this.cuts.add(cut);
      subscriber.add(() => this.cuts.delete(cut));
      const answer = this.provider.open({ input: 10, output: words });
      subscriber.add(
        answer.subscribe({
          next: (chunk) => subscriber.next(chunk),
          error: (error) => subscriber.error(error),
          complete: () => {
            this.wasAnswered(call);
            subscriber.complete();
          },
        }),
      );
    });
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const isTurnedAway = this.turnsAway();
    if (isTurnedAway && this.nature.isLocked) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"Incorrect API key"}}');
    } else if (isTurnedAway) {
      request.socket.destroy();
    } else {
      const cut = () => request.socket.destroy();
      this.cuts.add(cut);
      response.once('close', () => this.cuts.delete(cut));
      response.once('finish', () => {
        if (response.statusCode === 200) {
          this.wasAnswered(String(request.headers['x-call']));
        }
      });
      this.provider.handler(request, response);
    }
  }

  private turnsAway(): boolean {
    const isTurnedAway = this.isAway || this.nature.isLocked === true;
    this.turnedAway += isTurnedAway ? 1 : 0;
    return isTurnedAway;
  }

  private wasAnswered(call: string): void {
    this.answered.set(call, (this.answered.get(call) ?? 0) + 1);
  }
}
