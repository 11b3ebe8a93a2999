import type { Unsubscribable } from 'rxjs';

/** What does work in the same frame, but not synchronously: a scheduler, or one action of it that many share. */
export interface Frame {
  schedule(work: () => void, delay: 0): Unsubscribable;
}
