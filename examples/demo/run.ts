import type { OpenAI } from 'openai';
import type { Observable } from 'rxjs';
import type { Answer } from './answer';

/** A line of the display: a name, how things stand, and a share from 0 to 1 for those who like pictures. */
export type Gauge = readonly [name: string, value: string, share?: number];

/** How to make the calls: makes them all, and completes. */
export type Way = (run: Run) => Observable<unknown>;

/** Prompts on their way to answers. */
export interface Run {
  readonly title: string;
  readonly openai: OpenAI;
  readonly model: string;
  /** How long to wait for the first chunk, and between two, in ms. */
  readonly patience: number;
  readonly answers: readonly Answer[];
  /** Says what has happened. */
  readonly note: (what: string) => void;
  /** What else there is to see. */
  readonly gauges: (() => readonly Gauge[])[];
}
