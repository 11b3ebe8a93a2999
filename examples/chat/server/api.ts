import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { combineLatest, type Observable, Subject, startWith } from 'rxjs';
import { type ArmedFaults, type FaultName, type FaultState, faultNames, type QuotaConfig } from './faults';

/** What the page is told when it opens. */
export interface PageConfig {
  readonly model: string;
  readonly quota: QuotaConfig;
  /** Lanes have ports of their own: a browser opens six connections to a port, and one lane must not starve the other. */
  readonly relays: { readonly guarded: readonly string[]; readonly plain: readonly string[] };
  readonly hasFaults: boolean;
}

/** What the page is told as it changes. */
export interface ServerState {
  readonly open: number;
  readonly faults?: FaultState | undefined;
}

/** What the page asks of the faults. */
export type FaultOrder =
  | { readonly kind: 'arm'; readonly name: FaultName; readonly count: number; readonly lanes: readonly string[] }
  | { readonly kind: 'down'; readonly isDown: boolean }
  | { readonly kind: 'clear' };

/** The server's own side of the page: its config, the panel of faults, and how many connections are open. */
export class Api {
  readonly #changes = new Subject<void>();

  constructor(
    private readonly config: PageConfig,
    private readonly open$: Observable<number>,
    private readonly faults: ArmedFaults | undefined,
  ) {}

  /** Returns whether the request was for the API. */
  async receive(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    switch (`${request.method} ${request.url}`) {
      case 'GET /api/config':
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.config));
        return true;
      case 'GET /api/state':
        this.#stream(response);
        return true;
      case 'POST /api/faults':
        this.#obey((await json(request)) as FaultOrder);
        response.writeHead(204).end();
        return true;
      default:
        return false;
    }
  }

  /** The faults that are armed may have changed. */
  changed(): void {
    this.#changes.next();
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const subscription = combineLatest([this.open$, this.#changes.pipe(startWith(undefined))]).subscribe(([open]) => {
      const state: ServerState = { open, faults: this.faults?.state };
      response.write(`data: ${JSON.stringify(state)}\n\n`);
    });
    response.once('close', () => subscription.unsubscribe());
  }

  #obey(order: FaultOrder): void {
    if (order.kind === 'arm' && faultNames.includes(order.name)) {
      for (const lane of order.lanes) {
        this.faults?.arm(lane, order.name, Math.min(100, Math.max(0, Math.trunc(order.count))));
      }
    } else if (order.kind === 'down' && this.faults !== undefined) {
      this.faults.isDown = order.isDown;
    } else if (order.kind === 'clear') {
      this.faults?.clear();
    }
    this.changed();
  }
}
