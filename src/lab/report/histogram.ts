/**
 * Percentiles of durations.
 *
 * @category Lab
 */
export interface Percentiles {
  /** ms on average. */
  readonly mean: number;
  /** ms that half of them do not exceed. */
  readonly p50: number;
  /** ms that 90 % of them do not exceed. */
  readonly p90: number;
  /** ms that 95 % of them do not exceed. */
  readonly p95: number;
  /** ms that 99 % of them do not exceed. */
  readonly p99: number;
  /** ms of the longest. */
  readonly max: number;
}

/** Durations below this have a bin for each ms. */
const exact = 100;
const growth = Math.log(1.01);
const firstOfLarge = Math.floor(Math.log(exact) / growth);

/** Counts durations in bins that are 1 % wide, so that a million of them take no more room than a thousand. */
export class Histogram {
  readonly #bins: number[] = [];
  #count = 0;
  #sum = 0;
  #max = 0;

  add(ms: number): void {
    const bin = binOf(ms);
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#count += 1;
    this.#sum += ms;
    this.#max = Math.max(this.#max, ms);
  }

  /** ms that a share of them do not exceed, at most 1 % too much; 0 if there are none. */
  percentile(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (let bin = 0; left > 0; bin += 1) {
      left -= this.#bins[bin] ?? 0;
      if (left <= 0) {
        return Math.min(this.#max, upperEdge(bin));
      }
    }
    return 0;
  }

  percentiles(): Percentiles {
    const [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map((share) => this.percentile(share));
    const mean = this.#count === 0 ? 0 : rounded(this.#sum / this.#count);
    return { mean, p50: p50!, p90: p90!, p95: p95!, p99: p99!, max: rounded(this.#max) };
  }

  clear(): void {
    this.#bins.length = 0;
    this.#count = 0;
    this.#sum = 0;
    this.#max = 0;
  }
}

function binOf(ms: number): number {
  return ms < exact ? Math.ceil(ms) : exact + Math.ceil(Math.log(ms) / growth) - firstOfLarge;
}

function upperEdge(bin: number): number {
  return bin < exact ? bin : rounded(Math.exp((bin - exact + firstOfLarge) * growth));
}

/** To a thousandth. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
