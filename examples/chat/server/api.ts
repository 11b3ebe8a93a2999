import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { combineLatest, type Observable, Subject, startWith } from 'rxjs';
import type { Embedded } from './embedded';
import { type PresetName, presetNames } from './presets';
import { type FaultName, faultNames } from './switches';

/** The two ways of calling. */
export const laneNames = ['guarded', 'plain'] as const;
export type LaneName = (typeof laneNames)[number];

/** A provider's rate limit: so many requests in any `window` ms, and so many at once. */
export interface Quota {
  readonly requests: number;
  readonly window: number;
  readonly concurrent: number;
}

/** What the page is told when it opens. */
export interface PageConfig {
  readonly model: string;
  readonly quota: Quota;
  /** Where each lane asks: several ports, because a browser opens six HTTP/1.1 connections to one. */
  readonly relays: { readonly [lane in LaneName]: readonly string[] };
  /** Whether the provider is made up: then its answers are known, and it can be told what goes wrong. */
  readonly isEmbedded: boolean;
  /** How long an outage lasts, in ms. */
  readonly outage: number;
}

/** What the page is told as it changes. */
export interface ServerState {
  readonly open: number;
  readonly preset: PresetName;
  readonly armed: { readonly [name in FaultName]: number };
}

/** What the page asks of the provider: a fault for the next requests of lanes, or a day of another kind. */
export type FaultOrder =
  | { readonly kind: 'arm'; readonly name: FaultName; readonly count: number; readonly lanes: readonly LaneName[] }
  | { readonly kind: 'preset'; readonly name: PresetName };

/** The server's own side of the page: its config, the switches, and how many connections are open. */
export class Api {
  readonly #changes = new Subject<void>();

  constructor(
    private readonly config: PageConfig,
    private readonly open$: Observable<number>,
    private readonly embedded: Embedded | undefined,
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
        response.writeHead(this.#obey((await json(request)) as FaultOrder) ? 204 : 400).end();
        return true;
      default:
        return false;
    }
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const subscription = combineLatest([this.open$, this.#changes.pipe(startWith(undefined))]).subscribe(([open]) => {
      const armed = faultNames.map((name) => [name, this.embedded?.armed(name) ?? 0]);
      const state = { open, preset: this.embedded?.preset ?? 'calm', armed: Object.fromEntries(armed) };
      response.write(`data: ${JSON.stringify(state)}\n\n`);
    });
    response.once('close', () => subscription.unsubscribe());
  }

  #obey(order: FaultOrder): boolean {
    const isKnown =
      order.kind === 'arm'
        ? faultNames.includes(order.name) && order.lanes.every((lane) => laneNames.includes(lane))
        : presetNames.includes(order.name);
    if (isKnown) {
      this.embedded?.obey(order);
      this.#changes.next();
    }
    return isKnown;
  }
}
