import type { Observable } from 'rxjs';
import type { CallOptions } from '../../client/call-options';
import { type FakeProvider, fakeProvider } from '../../testing/fake-provider';
import type { FakeProviderConfig } from '../../testing/fake-provider-config';
import { seededRandom } from '../../testing/seeded-random';
import type { FakeShape } from '../../testing/shapes/shapes';
import { VirtualScheduler } from '../../testing/virtual-scheduler';
import { checkClient, type SimulateConfig, type SimulatedClient } from '../simulate-config';
import { Books } from './books';
import { withRandom } from './chance';
import { Series } from './series';
import { SimulatedCall } from './simulated-call';
import { UtilisationBooks } from './utilisation';

/** Samples of the utilisation in a bucket. */
const samples = 12;
/** ms of real time after which others may do something. */
const breath = 50;
/** A run ends after so many buckets, whatever is still open. */
const mostBuckets = 100_000;

/** What takes the least time to simulate. Headers on every response take as much as all the rest. */
const cheapest = { maxChunks: 1, hints: 'retry-after' } as const;

interface Route {
  readonly name: string;
  readonly config: FakeProviderConfig;
  readonly provider: FakeProvider<FakeShape>;
}

type CallOf = (open: unknown, options: unknown) => Observable<unknown>;

/** One run: lets calls arrive, lets time pass, and keeps the books. */
export class Simulation {
  readonly scheduler = new VirtualScheduler();
  readonly books = new Books();
  readonly series = new Series();
  readonly utilisation = new UtilisationBooks();
  readonly routes: readonly Route[];
  readonly #client: SimulatedClient;
  readonly #random: () => number;
  readonly #requestRandom: () => number;
  readonly #nextArrival: () => number | undefined;
  readonly #bucket: number;
  #arriving = true;
  #breathed = 0;
  /** What went wrong in the config's own functions. */
  #mistake: { readonly error: unknown } | undefined;

  constructor(private readonly config: SimulateConfig) {
    const { seed = 1, duration, provider = {}, providers = { provider } } = config;
    const chances = seededRandom(seed);
    const random = () => seededRandom(Math.floor(chances() * 2 ** 32));
    this.#requestRandom = random();
    this.#random = random();
    this.#nextArrival = config.arrivals.start(random(), duration);
    this.#bucket = config.bucket ?? duration / 120;
    this.routes = Object.entries(providers).map(([name, own]) => ({
      name,
      config: own,
      provider: fakeProvider({ ...cheapest, random: random(), ...own, scheduler: this.scheduler }),
    }));
    this.#client = withRandom(this.#random, () => checkClient(config.client(this.scheduler)));
  }

  /** ms since the start. */
  get now(): number {
    return this.scheduler.now();
  }

  async run(): Promise<void> {
    this.#await(this.#nextArrival());
    for (let bucket = 1; bucket <= mostBuckets && this.#goesOn(); bucket += 1) {
      await this.#passBucket((bucket - 1) * this.#bucket);
    }
    this.#tell();
  }

  sumOf(read: (route: Route) => number): number {
    return this.routes.reduce((sum, route) => sum + read(route), 0);
  }

  #goesOn(): boolean {
    return this.#arriving || (this.books.open > 0 && this.scheduler.next < Infinity) || this.now < this.config.duration;
  }

  async #passBucket(from: number): Promise<void> {
    for (let sample = 1; sample <= samples; sample += 1) {
      withRandom(this.#random, () => this.scheduler.flush(from + (sample * this.#bucket) / samples));
      if (this.#mistake !== undefined) {
        throw this.#mistake.error;
      }
      this.utilisation.sample(this.#client.state);
      await this.#breathe();
    }
    const inFlight = this.sumOf(({ provider }) => provider.server.inFlight);
    const billed = this.sumOf(({ provider }) => provider.server.tokensBilled);
    this.series.end(this.now, this.books, inFlight, billed);
  }

  /** Lets promises go on at every sample, so at the same virtual time in every run; and others now and then. */
  async #breathe(): Promise<void> {
    await Promise.resolve();
    if (performance.now() - this.#breathed > breath) {
      this.#tell();
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#breathed = performance.now();
    }
  }

  #tell(): void {
    const { duration, onProgress } = this.config;
    onProgress?.({ now: this.now, duration, calls: this.books.sums.calls, open: this.books.open });
  }

  #await(at: number | undefined): void {
    if (at === undefined || at >= this.config.duration) {
      this.#arriving = false;
    } else {
      this.scheduler.schedule(() => this.#arrive(), at - this.now);
    }
  }

  #arrive(): void {
    try {
      this.#call(this.books.sums.calls);
      this.#await(this.#nextArrival());
    } catch (error) {
      this.#mistake = { error };
    }
  }

  #call(index: number): void {
    const request = this.config.request(this.#requestRandom, index);
    const call = new SimulatedCall(this.books, () => this.now, request);
    const opens = this.routes.map(({ name, provider }) => [name, call.openAt(provider)] as const);
    const open = this.config.providers === undefined ? opens[0]![1] : Object.fromEntries(opens);
    (this.#client.call as unknown as CallOf)
      .call(this.#client, open, call.options satisfies CallOptions<never>)
      .subscribe(call);
  }
}
