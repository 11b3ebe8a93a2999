import { VirtualTimeScheduler } from 'rxjs';

/** Time that passes only when told to, with a wall clock that can be set. */
export class VirtualTime extends VirtualTimeScheduler {
  /** What the wall clock shows beside the time that has passed. */
  offset = 0;

  constructor() {
    super(undefined, 0);
    this.now = () => this.frame + this.offset;
  }

  /** How many timers are pending. */
  get timers(): number {
    return this.actions.length;
  }

  /** Lets ms pass; everything that is due by then happens. */
  pass(ms: number): void {
    this.maxFrames = this.frame + ms;
    this.schedule(() => undefined, ms);
    this.flush();
  }
}
