import type { Observable } from 'rxjs';
import type { ResilientClientEvent } from 'rxjs-resilience';

/** Who stands in the limiter's line. A call is told its place when it enters; from then on the events tell. */
export class Line {
  readonly #keys: string[] = [];

  constructor(events$: Observable<ResilientClientEvent>) {
    events$.subscribe((event) => this.#follow(event));
  }

  /** How many stand before it; undefined if it does not stand in line. */
  aheadOf(key: string): number | undefined {
    const place = this.#keys.indexOf(key);
    return place === -1 ? undefined : place;
  }

  #follow(event: ResilientClientEvent): void {
    if (event.policy !== 'limiter' || event.key === undefined) {
      return;
    }
    if (event.type === 'waiting') {
      this.#keys.splice(event.ahead, 0, event.key);
    } else if (event.type === 'granted' || event.type === 'left' || event.type === 'refused') {
      const place = this.#keys.indexOf(event.key);
      this.#keys.splice(place, place === -1 ? 0 : 1);
    }
  }
}
