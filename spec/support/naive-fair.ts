/** What a call asks of a limiter that tenants share. */
export interface FairAsk {
  readonly tenant: string;
  readonly priority: number;
  readonly retry: boolean;
  readonly tokens: number;
}

/** What one limiter can be asked to do, be it the real one or the naive one. */
export interface FairWorld {
  readonly now: number;
  readonly waiting: number;
  readonly inFlight: number;
  /** A permit is told by its end: what was really used; undefined for a refund. */
  ask(ask: FairAsk, granted: (end: (tokens: number | undefined) => void) => void): () => void;
  pause(ms: number): void;
  resume(): void;
  reset(): void;
  pass(ms: number): void;
}

export interface FairSetting {
  readonly maxConcurrent: number;
  /** The total of the limit on tokens: it never binds, but shares go by it. */
  readonly total: number;
  readonly weights: { readonly [tenant: string]: number };
  readonly ageing: number | undefined;
}

interface Waiting extends FairAsk {
  readonly granted: (end: (tokens: number | undefined) => void) => void;
}

/** Those of one tenant and one priority, the first of them, and since when that is the first: in ms and in virtual time. */
interface Head {
  waiter: Waiting;
  since: number;
  start: number;
}

/** Start-time fair queueing in the plainest way: one list, looked through for each decision. */
export class NaiveFair implements FairWorld {
  now = 0;
  inFlight = 0;
  #line: Waiting[] = [];
  #heads = new Map<string, Head>();
  /** What each tenant has had: the virtual time at which that is done. */
  #finish = new Map<string, number>();
  #virtual = 0;
  #pausedUntil = 0;
  #isDraining = false;

  constructor(private readonly setting: FairSetting) {}

  get waiting(): number {
    return this.#line.length;
  }

  ask(ask: FairAsk, granted: Waiting['granted']): () => void {
    this.#drain();
    const waiter = { ...ask, granted };
    this.#finish.set(ask.tenant, this.#finish.get(ask.tenant) ?? this.#virtual);
    if (this.#admits() && !this.#isBehind(waiter)) {
      this.#charge(waiter, this.#virtual);
      this.#take(waiter);
      return () => {};
    }
    this.#line.push(waiter);
    this.#look();
    return () => {
      this.#line = this.#line.filter((each) => each !== waiter);
      this.#look();
    };
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.now + ms);
  }

  resume(): void {
    this.#pausedUntil = 0;
    this.#drain();
  }

  reset(): void {
    this.#pausedUntil = 0;
    if (this.#line.length === 0) {
      this.#finish.clear();
      this.#virtual = 0;
    }
    this.#drain();
  }

  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 1) {
      this.now += 1;
      this.#drain();
    }
  }

  #admits(): boolean {
    return this.inFlight < this.setting.maxConcurrent && this.now >= this.#pausedUntil;
  }

  #drain(): void {
    if (this.#isDraining) {
      return;
    }
    this.#isDraining = true;
    for (let head = this.#first(); head !== undefined && this.#admits(); head = this.#first()) {
      const { waiter, start } = head;
      this.#charge(waiter, start);
      this.#line = this.#line.filter((each) => each !== waiter);
      this.#look();
      this.#take(waiter);
    }
    this.#isDraining = false;
  }

  #take(waiter: Waiting): void {
    this.inFlight += 1;
    let hasEnded = false;
    waiter.granted((tokens) => {
      if (!hasEnded) {
        hasEnded = true;
        this.inFlight -= 1;
        this.#correct(waiter, (tokens ?? 0) - waiter.tokens);
        this.#drain();
      }
    });
  }

  #charge({ tenant, tokens }: FairAsk, since: number): void {
    const start = Math.max(since, this.#finish.get(tenant)!);
    this.#finish.set(tenant, start + this.#shareOf(tenant, tokens));
    this.#virtual = Math.max(this.#virtual, start);
  }

  #correct({ tenant }: FairAsk, tokens: number): void {
    if (this.#finish.has(tenant) || tokens > 0) {
      this.#finish.set(tenant, (this.#finish.get(tenant) ?? this.#virtual) + this.#shareOf(tenant, tokens));
    }
  }

  /** A part of the limit, by weight. */
  #shareOf(tenant: string, tokens: number): number {
    return tokens / this.setting.total / this.setting.weights[tenant]!;
  }

  /** Notes who has become the first of a tenant and a priority. */
  #look(): void {
    const heads = new Map<string, Head>();
    const byRetry = [...this.#line.filter(({ retry }) => retry), ...this.#line.filter(({ retry }) => !retry)];
    for (const waiter of byRetry) {
      const key = keyOf(waiter);
      const before = this.#heads.get(key);
      if (!heads.has(key)) {
        heads.set(key, before?.waiter === waiter ? before : { waiter, since: this.now, start: this.#virtual });
      }
    }
    this.#heads = heads;
  }

  #levelOf({ waiter, since }: Head): number {
    const { ageing } = this.setting;
    return waiter.priority + (ageing === undefined ? 0 : Math.floor((this.now - since) / ageing));
  }

  #doneAt({ waiter: { tenant, tokens }, start }: Pick<Head, 'waiter' | 'start'>): number {
    return Math.max(start, this.#finish.get(tenant)!) + this.#shareOf(tenant, tokens);
  }

  #first(): Head | undefined {
    const heads = [...this.#heads.values()];
    const precedes = (one: Head, other: Head) =>
      this.#levelOf(other) - this.#levelOf(one) || this.#doneAt(one) - this.#doneAt(other);
    return heads.sort(precedes)[0];
  }

  #isBehind(newcomer: Waiting): boolean {
    const first = this.#first();
    if (first === undefined || this.#levelOf(first) < newcomer.priority) {
      return false;
    }
    const own = this.#line.filter((each) => keyOf(each) === keyOf(newcomer) && (each.retry || !newcomer.retry));
    return (
      this.#levelOf(first) > newcomer.priority ||
      own.length > 0 ||
      this.#doneAt(first) <= this.#doneAt({ waiter: newcomer, start: this.#virtual })
    );
  }
}

function keyOf({ tenant, priority }: FairAsk): string {
  return `${tenant} ${priority}`;
}
