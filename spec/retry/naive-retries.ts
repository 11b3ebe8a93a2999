/** One value of an attempt, so many ms after what came before. */
export interface Value {
  readonly gap: number;
  readonly isContent: boolean;
}

/** What a source errors with, so many ms after what came before. */
export interface Failure {
  readonly kind: 'error';
  readonly gap: number;
  readonly isRetryable: boolean;
  readonly hint: number | undefined;
}

/** How an attempt ends. */
export type Ended =
  | Failure
  | { readonly kind: 'complete'; readonly gap: number }
  | { readonly kind: 'never'; readonly gap: number };

/** What happens in one attempt. */
export interface Part {
  readonly values: readonly Value[];
  readonly end: Ended;
}

/** The config of a retry, with `holdsBack` for an `isContent`, and `continue` for a function. */
export interface Settings {
  readonly maxRetries: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly exponentialBase: number;
  readonly jitter: 'equal' | 'full' | 'proportional' | 'decorrelated' | 'none';
  readonly maxRetryAfter: number;
  readonly onLongRetryAfter: 'error' | 'clamp' | 'wait';
  readonly maxElapsed: number;
  readonly afterValues: 'error' | 'restart' | 'continue';
  readonly holdsBack: boolean;
}

/** A call: its config, its attempts (used again when all are used up), and the numbers that `random` gives in turn. */
export interface NaivePlan {
  readonly settings: Settings;
  readonly parts: readonly Part[];
  readonly shares: readonly number[];
}

/** Something that the subscriber hears. */
export interface Came {
  readonly at: number;
  readonly value?: string;
  readonly error?: unknown;
  readonly isComplete?: true;
}

interface Retry {
  readonly attempt: number;
  readonly retriesLeft: number;
  readonly error: unknown;
  readonly delay: number;
  readonly elapsed: number;
  readonly emitted: number;
}

/** All that must happen in a call, told by the rules in one loop; given up as endless after so many attempts. */
export function naiveRetries({ settings, parts, shares }: NaivePlan, most: number) {
  const subscribedAt: number[] = [];
  const heard: Came[] = [];
  const retries: Retry[] = [];
  const shown: string[][] = [];
  let [at, previous, drawn] = [0, settings.baseDelay, 0];
  const random = () => {
    drawn += 1;
    return shares[(drawn - 1) % shares.length]!;
  };
  const delivered = () => heard.flatMap(({ value }) => value ?? []);
  const seen = (hangs: boolean, isEndless: boolean) => ({
    subscribedAt,
    heard,
    retries,
    shown,
    drawn,
    hangs,
    isEndless,
  });

  while (subscribedAt.length < most) {
    const { values, end } = parts[subscribedAt.length % parts.length]!;
    const attempt = subscribedAt.length;
    subscribedAt.push(at);
    // R8: what comes before content is held back, at most 16.
    let held: string[] | undefined = settings.holdsBack ? [] : undefined;
    values.forEach(({ gap, isContent }, index) => {
      at += gap;
      const value = `${isContent ? 'content' : 'header'} ${attempt}.${index}`;
      held?.push(value);
      if (held === undefined || isContent || held.length === 17) {
        heard.push(...(held ?? [value]).map((each) => ({ at, value: each })));
        held = undefined;
      }
    });
    if (end.kind === 'never') {
      return seen(true, false);
    }
    at += end.gap;
    if (end.kind === 'complete') {
      heard.push(...(held ?? []).map((value) => ({ at, value })), { at, isComplete: true });
      return seen(false, false);
    }
    const delay = delayAfter(end);
    if (delay === undefined || at + delay > settings.maxElapsed) {
      heard.push({ at, error: end });
      return seen(false, false);
    }
    const retriesLeft = settings.maxRetries - attempt - 1;
    retries.push({ attempt: attempt + 1, retriesLeft, error: end, delay, elapsed: at, emitted: delivered().length });
    at += delay;
    if (settings.afterValues === 'continue' && delivered().length > 0) {
      shown.push(delivered());
    }
  }
  return seen(false, true);

  /** ms before the next attempt; undefined if there is none. */
  function delayAfter({ isRetryable, hint }: Failure): number | undefined {
    const { maxRetries, afterValues, onLongRetryAfter, maxRetryAfter } = settings;
    const isTooLong = hint !== undefined && hint > maxRetryAfter;
    if (subscribedAt.length > maxRetries || (afterValues === 'error' && delivered().length > 0)) {
      return undefined; // R1, R7
    }
    if (isTooLong && onLongRetryAfter === 'error') {
      return undefined; // R5
    }
    previous = jitterOf(settings, subscribedAt.length, previous, random);
    let least = 0;
    if (hint !== undefined) {
      const heeded = isTooLong && onLongRetryAfter === 'clamp' ? maxRetryAfter : hint;
      least = settings.jitter === 'none' ? heeded : heeded + (heeded * random()) / 10; // R4
    }
    return isRetryable ? Math.ceil(Math.max(previous, least)) : undefined;
  }
}

/** R2 and R3: the backoff before retry k, spread. */
function jitterOf(settings: Settings, k: number, previous: number, random: () => number): number {
  const { baseDelay, maxDelay, exponentialBase, jitter } = settings;
  const power = baseDelay === 0 ? 0 : baseDelay * exponentialBase ** (k - 1);
  const backoff = Math.min(power, maxDelay);
  switch (jitter) {
    case 'none':
      return backoff;
    case 'full':
      return random() * backoff;
    case 'equal':
      return backoff / 2 + (random() * backoff) / 2;
    case 'proportional':
      return backoff * (0.5 + random());
    case 'decorrelated':
      return Math.min(maxDelay, baseDelay + random() * (3 * previous - baseDelay));
  }
}
