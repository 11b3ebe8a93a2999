import type { CircuitBreakerConfig, CircuitBreakerState } from '../../src/circuit/circuit-breaker';
import type { Trip } from '../../src/circuit/trip';

/** A call as the naive breaker keeps it. */
export interface NaiveCall {
  readonly generation: NaivePeriod;
  readonly startedAt: number;
  leaseUntil: number;
  /** Whether it has had content. */
  hasDelivered: boolean;
  /** A probe whose content counts as a success. */
  hasProbed: boolean;
  isDecided: boolean;
  /** The slow call conditions that have not counted it. */
  uncounted: number[];
}

interface NaivePeriod {
  status: 'closed' | 'open' | 'half-open';
  openedAt: number;
  openUntil: number;
  admitted: number;
  successes: number;
  failures: number;
  /** The closed time that its probes have made. */
  closed: NaivePeriod | undefined;
}

interface Counted {
  readonly at: number;
  readonly isBad: boolean;
}

type Settings = Required<Pick<CircuitBreakerConfig, 'successOn'>> & {
  readonly trip: readonly Trip[];
  readonly recovery: number;
  readonly calls: number;
  readonly failures: number;
  readonly timeout: number;
};

const periodOf = (status: NaivePeriod['status'], openedAt = 0, openUntil = 0): NaivePeriod => ({
  status,
  openedAt,
  openUntil,
  admitted: 0,
  successes: 0,
  failures: 0,
  closed: undefined,
});

/** A breaker that keeps everything and counts it anew each time: as the rules say it, without any cleverness. */
export class NaiveBreaker {
  now = 0;
  openings = 0;
  #generation = periodOf('closed');
  /** What each condition has counted since it was last closed. */
  #counted: Counted[][];
  #calls: NaiveCall[] = [];

  constructor(private readonly settings: Settings) {
    this.#counted = settings.trip.map(() => []);
  }

  get state(): CircuitBreakerState {
    this.#turn();
    const { status, openedAt, openUntil, admitted, failures } = this.#generation;
    const { openings } = this;
    if (status === 'half-open') {
      return { status, openings, calls: admitted, failures, slowCalls: 0 };
    }
    const counts = this.settings.trip.map((trip, index) => ({ trip, counted: this.#recent(trip, index) }));
    const most = (numbers: number[]) => Math.max(0, ...numbers);
    const badOf = ({ counted }: { counted: Counted[] }) => counted.filter(({ isBad }) => isBad).length;
    return {
      status,
      ...(status === 'open' ? { openedAt, openUntil } : {}),
      openings,
      calls: most(counts.map(({ counted }) => counted.length)),
      failures: most(counts.filter(({ trip }) => trip.kind !== 'slow-call-rate').map(badOf)),
      slowCalls: most(counts.filter(({ trip }) => trip.kind === 'slow-call-rate').map(badOf)),
    };
  }

  admit(): NaiveCall | undefined {
    this.#turn();
    const { status, admitted } = this.#generation;
    if (status === 'open' || (status === 'half-open' && admitted >= this.settings.calls)) {
      return undefined;
    }
    this.#generation.admitted += 1;
    const call: NaiveCall = {
      generation: this.#generation,
      startedAt: this.now,
      leaseUntil: status === 'half-open' ? this.now + this.settings.timeout : Number.POSITIVE_INFINITY,
      hasDelivered: false,
      hasProbed: false,
      isDecided: false,
      uncounted:
        status === 'closed'
          ? this.settings.trip.flatMap(({ kind }, index) => (kind === 'slow-call-rate' ? [index] : []))
          : [],
    };
    this.#calls.push(call);
    return call;
  }

  value(call: NaiveCall): void {
    if (call.isDecided) {
      return;
    }
    call.leaseUntil = call.leaseUntil === Number.POSITIVE_INFINITY ? call.leaseUntil : this.now + this.settings.timeout;
    this.#countSlow(call);
    const isFirst = !call.hasDelivered;
    call.hasDelivered = true;
    if (isFirst && this.settings.successOn === 'first-value') {
      this.end(call, 'succeed');
    } else if (isFirst && call.generation === this.#generation && call.generation.status === 'half-open') {
      call.hasProbed = true;
      this.#judgeProbe(call.generation, true);
    }
  }

  end(call: NaiveCall, how: 'succeed' | 'fail' | 'ignore'): void {
    if (call.isDecided) {
      return;
    }
    call.isDecided = true;
    const generation = this.#generation;
    if (call.hasProbed && how === 'fail' && call.generation.closed === generation) {
      this.#open();
      return;
    }
    if (call.generation !== generation || (call.hasProbed && how !== 'fail')) {
      return;
    }
    if (how === 'ignore') {
      generation.admitted -= 1;
      call.uncounted = [];
    } else if (generation.status === 'half-open') {
      generation.successes -= Number(call.hasProbed);
      this.#judgeProbe(generation, how === 'succeed');
    } else {
      this.settings.trip.forEach((trip, index) => {
        if (trip.kind !== 'slow-call-rate') {
          this.#counted[index]!.push({ at: this.now, isBad: how === 'fail' });
        }
      });
      this.#look();
      this.#countSlow(call);
    }
  }

  reset(): void {
    this.#generation = periodOf('closed');
    this.#counted = this.settings.trip.map(() => []);
    this.openings = 0;
  }

  /** Lets time pass; slow calls and silent probes are dealt with one after the other. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.#turn();
      const next = this.#calls
        .filter((call) => !call.isDecided && call.generation === this.#generation)
        .flatMap((call) => [
          { call, at: call.leaseUntil, trip: -1 },
          ...call.uncounted.map((trip) => ({
            call,
            trip,
            at: call.startedAt + (this.settings.trip[trip] as { slowerThan: number }).slowerThan,
          })),
        ])
        .filter(({ at }) => at <= end)
        .sort((one, other) => one.at - other.at || one.trip - other.trip)[0];
      if (next === undefined) {
        break;
      }
      this.now = Math.max(this.now, next.at);
      if (next.trip === -1) {
        this.end(next.call, 'fail');
      } else {
        next.call.uncounted = next.call.uncounted.filter((trip) => trip !== next.trip);
        this.#counted[next.trip]!.push({ at: this.now, isBad: true });
        this.#look();
      }
    }
    this.now = end;
  }

  #turn(): void {
    if (this.#generation.status === 'open' && this.#generation.openUntil <= this.now) {
      this.#generation = periodOf('half-open');
    }
  }

  #judgeProbe(generation: NaivePeriod, isGood: boolean): void {
    generation.successes += Number(isGood);
    generation.failures += Number(!isGood);
    const toCome = this.settings.calls - generation.successes - generation.failures;
    if (generation.failures >= this.settings.failures) {
      this.#open();
    } else if (generation.failures + toCome < this.settings.failures) {
      this.reset();
      generation.closed = this.#generation;
    }
  }

  #countSlow(call: NaiveCall): void {
    for (const index of call.uncounted) {
      if (call.generation === this.#generation) {
        const { slowerThan } = this.settings.trip[index] as { slowerThan: number };
        this.#counted[index]!.push({ at: this.now, isBad: this.now - call.startedAt > slowerThan });
        this.#look();
      }
    }
    call.uncounted = [];
  }

  #look(): void {
    const holds = this.settings.trip.some((trip, index) => {
      const counted = this.#recent(trip, index);
      const bad = counted.filter(({ isBad }) => isBad).length;
      return trip.kind === 'consecutive-failures'
        ? bad >= trip.failures
        : counted.length >= trip.minimumCalls && bad / counted.length >= trip.threshold;
    });
    if (holds) {
      this.#open();
    }
  }

  #open(): void {
    this.openings += 1;
    this.#generation = periodOf('open', this.now, this.now + this.settings.recovery * this.openings);
  }

  #recent(trip: Trip, index: number): Counted[] {
    const all = this.#counted[index]!;
    if (trip.kind === 'consecutive-failures') {
      return all.slice(all.map(({ isBad }) => isBad).lastIndexOf(false) + 1);
    }
    return trip.calls === undefined ? all.filter(({ at }) => at + trip.window! > this.now) : all.slice(-trip.calls);
  }
}
