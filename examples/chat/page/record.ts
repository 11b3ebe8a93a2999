import type { Message } from './message';
import { isRefusal } from './words';

/** What a call was doing for a while. */
export type Doing = 'waiting' | 'connecting' | 'streaming' | 'retry' | 'refused' | 'failed' | 'stopped' | 'done';

export interface Span {
  readonly doing: Doing;
  readonly from: number;
  /** Absent while it lasts. */
  to?: number;
}

/** A row of the timeline. */
export interface Row {
  readonly label: string;
  readonly spans: Span[];
}

const ends: readonly Doing[] = ['refused', 'failed', 'stopped', 'done'];

/** Writes down what the calls of messages do. */
export class TimelineRecord {
  readonly rows: Row[] = [];
  readonly #rowOf = new Map<Message, Row>();

  constructor(private readonly maxRows: number) {}

  note(message: Message, label: string, now: number): void {
    const row = this.#rowOf.get(message) ?? this.#add(message, label);
    const last = row.spans.at(-1);
    if (last !== undefined && last.to === undefined) {
      last.to = now;
    }
    const doing = doingOf(message);
    row.spans.push(ends.includes(doing) ? { doing, from: now, to: now } : { doing, from: now });
  }

  get isLive(): boolean {
    return this.rows.some(({ spans }) => spans.at(-1)?.to === undefined);
  }

  #add(message: Message, label: string): Row {
    const row: Row = { label, spans: [] };
    this.#rowOf.set(message, row);
    this.rows.push(row);
    if (this.rows.length > this.maxRows) {
      const over = this.rows.findIndex(({ spans }) => spans.at(-1)?.to !== undefined);
      this.rows.splice(Math.max(0, over), 1);
    }
    return row;
  }
}

function doingOf({ status }: Message): Doing {
  switch (status.phase) {
    case 'waiting':
      return status.for === 'retry' ? 'retry' : 'waiting';
    case 'failed':
      return isRefusal(status.error) ? 'refused' : 'failed';
    case 'cancelled':
      return 'stopped';
    default:
      return status.phase;
  }
}
