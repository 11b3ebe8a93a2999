import type { SchedulerLike } from 'rxjs';
import type { Price } from '../budget/price';
import { checkPrice } from '../budget/price';
import type { TokenEstimate } from '../budget/token-estimate';
import type { PolicyKeys } from '../client/call-options';
import { Options, show } from '../internal/options';
import type { FakeProviderConfig } from '../testing/fake-provider-config';
import type { Arrivals } from './arrivals';

/**
 * One call of a simulation.
 *
 * @category Lab
 */
export interface SimulatedRequest {
  /** Tokens of its prompt. */
  readonly input: number;
  /** Tokens of its answer. */
  readonly output: number;
  /** What the caller expects it to cost, the call's option `tokens`. Default: what it costs, `{ input, output }`. */
  readonly tokens?: TokenEstimate | undefined;
  /** The call's option `key`. */
  readonly key?: string | PolicyKeys | undefined;
  /** The call's option `tenant`. The report tells of each tenant apart; where there is none, of each `key`. */
  readonly tenant?: string | undefined;
  /** The call's option `priority`. */
  readonly priority?: number | undefined;
}

/**
 * What {@link simulate} asks of a client: a `ResilientClient`, or, with `providers`, a router.
 *
 * @category Lab
 */
export interface SimulatedClient {
  /** Makes a call; see `ResilientClient.call`. */
  call(open: never, options: never): unknown;
  /** Read now and then, for the utilisation of its limits. */
  readonly state?: unknown;
}

/**
 * How far a simulation is.
 *
 * @category Lab
 */
export interface Progress {
  /** Virtual ms since the start. */
  readonly now: number;
  /** Virtual ms in which calls arrive. */
  readonly duration: number;
  /** Calls that have arrived. */
  readonly calls: number;
  /** Calls that have not ended. */
  readonly open: number;
}

/**
 * Options of {@link simulate}.
 *
 * @category Lab
 */
export interface SimulateConfig {
  /** What tables and pages call it. Default `'simulation'`. */
  readonly name?: string | undefined;
  /** For how many virtual ms calls arrive. The simulation goes on until all of them have ended. */
  readonly duration: number;
  /** When calls come. */
  readonly arrivals: Arrivals;
  /** What the nth call asks for; n is 0, 1, … */
  readonly request: (random: () => number, n: number) => SimulatedRequest;
  /**
   * The provider that answers. Default: a `fakeProvider` without limits. Unless they are given, `maxChunks` is 1 (the text
   * of an answer comes with its first chunk) and `hints` is `'retry-after'`: that takes half the time.
   */
  readonly provider?: FakeProviderConfig | undefined;
  /** Several providers by the names of a router's routes. Instead of `provider`. */
  readonly providers?: { readonly [route: string]: FakeProviderConfig } | undefined;
  /** Makes what guards the calls. It must use the scheduler. While it works, `Math.random` is seeded. */
  readonly client: (scheduler: SchedulerLike) => SimulatedClient;
  /** What the provider charges, or each of the `providers`. Default: the report has no cost. */
  readonly price?: Price | { readonly [route: string]: Price } | undefined;
  /** A whole number from which all chance comes: the same seed gives the same report. Default 1. */
  readonly seed?: number | undefined;
  /** ms of virtual time for each point of the series. Default: a 120th of `duration`. */
  readonly bucket?: number | undefined;
  /** Told some twenty times a second how far it is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

const names: readonly (keyof SimulateConfig)[] = [
  ...([
    'name',
    'duration',
    'arrivals',
    'request',
    'provider',
    'providers',
    'client',
    'price',
    'seed',
    'bucket',
  ] as const),
  'onProgress',
];

const owner = 'simulate';
const mostBuckets = 10_000;

/** Throws an error that names the option and shows the value. */
export function checkConfig(config: SimulateConfig): void {
  new Options(owner, config, names)
    .required('duration', 'arrivals', 'request', 'client')
    .strings('name')
    .positive('duration')
    .having('arrivals', 'start', 'made by poisson() or times()')
    .functions('request', 'client', 'onProgress')
    .number('seed')
    .positive('bucket');
  if (config.bucket !== undefined && config.duration / config.bucket > mostBuckets) {
    throw new RangeError(`${owner}: bucket must be at least duration / ${mostBuckets}, got ${config.bucket}`);
  }
  if (config.provider !== undefined && config.providers !== undefined) {
    throw new TypeError(`${owner}: provider and providers exclude each other, got both`);
  }
}

/** Throws unless it can make calls. */
export function checkClient(client: unknown): SimulatedClient {
  if (typeof (client as Partial<SimulatedClient> | undefined)?.call !== 'function') {
    throw new TypeError(`${owner}: client must return a client with call(), got ${show(client)}`);
  }
  return client as SimulatedClient;
}

/** The price of a route. */
export function priceOf(config: SimulateConfig, route: string): Price | undefined {
  const { price } = config;
  const own = price === undefined || 'input' in price ? price : (price as { readonly [name: string]: Price })[route];
  return own === undefined ? undefined : checkPrice(`${owner}: price`, own);
}
