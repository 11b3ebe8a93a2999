import type { Message } from './message';

/** What a call does for a while, and how it can end. */
export const doings = ['queued', 'connecting', 'streaming', 'retry', 'whole', 'garbled', 'lost', 'stopped'] as const;
export type Doing = (typeof doings)[number];

export interface Span {
  readonly doing: Doing;
  readonly from: number;
  /** Absent while it lasts. */
  to?: number;
}

/** What a call did, one thing after the other. */
export class Spans {
  readonly all: Span[] = [];

  note(doing: Doing, now: number): void {
    const last = this.all.at(-1);
    if (last?.doing === doing) {
      return;
    }
    if (last !== undefined) {
      last.to ??= now;
    }
    this.all.push(isEnd(doing) ? { doing, from: now, to: now } : { doing, from: now });
  }

  get isLive(): boolean {
    return this.all.length > 0 && this.all.at(-1)!.to === undefined;
  }
}

export function isEnd(doing: Doing): boolean {
  return doings.indexOf(doing) >= doings.indexOf('whole');
}

export function doingOf({ answer, isRunning, outcome }: Message): Doing {
  if (!isRunning) {
    return outcome as Doing;
  }
  switch (answer.phase) {
    case 'connecting':
    case 'streaming':
      return answer.phase;
    default:
      return answer.waiting?.for === 'retry' ? 'retry' : 'queued';
  }
}
