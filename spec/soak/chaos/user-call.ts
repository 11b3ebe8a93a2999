import { catchError, EMPTY, ignoreElements, type Observable, Subject, takeUntil, tap } from 'rxjs';
import { type CallStatus, isFinalChunk, textOf } from 'rxjs-resilience';
import { timers } from '../timers';
import { estimateOf, type Plan, type Stop } from './plan';
import type { Client } from './policies';
import type { Recorder } from './recorder';
import { type AttemptReport, type CallReport, headers } from './records';
import type { Chunk, Way } from './ways';

/** Those in this process that wait for their next attempt: they share a timer. */
const retrying = new Set<UserCall>();

/** One call of one user, who reads along and may walk away. */
export class UserCall {
  readonly report: CallReport;
  readonly #walkedAway = new Subject<void>();
  #timer: NodeJS.Timeout | undefined;
  #chunks = 0;
  #phase: Stop['during'] | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly recorder: Recorder,
    private readonly way: Way,
  ) {
    this.report = { id: plan.id, outcome: 'hung', text: '', attempts: [] };
  }

  /** Makes the call; errors are reported, not passed on. */
  by(client: Client): Observable<never> {
    const { afterValues, priority } = this.plan;
    const open = (signal: AbortSignal, { number, delivered }: { number: number; delivered: readonly unknown[] }) =>
      this.#open(signal, number, delivered.map(textOf).join(''));
    const onStatus = (status: CallStatus) => this.#follow(status);
    const tokens = estimateOf(this.plan);
    const call = client.call(open, { tokens, afterValues, priority, onStatus, isFinal: isFinalChunk });
    return call.pipe(
      tap({
        next: (chunk) => this.#read(chunk),
        error: (error) => this.#end('failed', error),
        complete: () => this.#end('complete'),
      }),
      takeUntil(this.#walkedAway),
      catchError(() => EMPTY),
      ignoreElements(),
    );
  }

  #open(signal: AbortSignal, number: number, had: string): Promise<AsyncIterable<Chunk>> {
    const attempt = this.recorder.opens(number);
    this.report.attempts.push(attempt);
    const { id, words } = this.plan;
    const messages = [
      { role: 'user' as const, content: `${words} words of ${id}, please` },
      ...(had === '' ? [] : [{ role: 'assistant' as const, content: had }]),
    ];
    return this.way({
      body: { model: 'chaos', messages, stream: true, stream_options: { include_usage: true } },
      headers: {
        [headers.call]: id,
        [headers.attempt]: String(number),
        [headers.grantedAt]: String(attempt.granted?.at),
      },
      signal,
    });
  }

  #read(chunk: Chunk): void {
    const text = textOf(chunk);
    const attempt = this.#attempt!;
    attempt.text += text;
    attempt.chunks += 1;
    attempt.answered ??= this.recorder.stamp();
    this.report.text += text;
    this.#chunks += 1;
    this.#consider('reading', this.#chunks);
  }

  #follow(status: CallStatus): void {
    const isRetry = status.phase === 'waiting' && status.for === 'retry';
    this.#phase = isRetry ? 'retrying' : (status.phase as Stop['during']);
    if (isRetry) {
      retrying.add(this);
      this.#fails(status.error);
    } else {
      retrying.delete(this);
    }
    if (status.phase === 'connecting' && this.plan.afterValues === 'restart') {
      this.report.text = ''; // it was announced, so the user has a clean page
    }
    this.#consider(this.#phase);
  }

  #consider(phase: Stop['during'], count?: number): void {
    const { stop } = this.plan;
    if (stop?.during !== phase || this.#timer !== undefined) {
      return;
    }
    if (stop.after === (count ?? 0)) {
      this.#stop();
    } else if (count === undefined) {
      this.#timer = setTimeout(() => this.walkAway(), stop.after);
    }
  }

  /** Not to be called from within the call. Does nothing once it is over. */
  walkAway(): void {
    if (this.report.outcome === 'hung') {
      clearTimeout(this.#timer);
      const isLast = this.#phase === 'retrying' && retrying.size === 1;
      const before = timers();
      this.#stop();
      if (isLast) {
        this.report.timersGone = before - timers();
      }
    }
  }

  #stop(): void {
    this.report.stopped = this.recorder.stamp();
    this.#end('stopped');
    this.#walkedAway.next();
  }

  #end(outcome: CallReport['outcome'], error?: unknown): void {
    clearTimeout(this.#timer);
    this.report.outcome = outcome;
    if (error !== undefined) {
      this.report.error = told(error);
      this.#fails(error);
    }
  }

  #fails(error: unknown): void {
    const attempt = this.#attempt;
    if (attempt !== undefined) {
      attempt.error ??= told(error);
    }
  }

  get #attempt(): AttemptReport | undefined {
    return this.report.attempts.at(-1);
  }
}

function told(error: unknown): NonNullable<CallReport['error']> {
  const { name, message, status } = error as Error & { status?: number };
  return { name, message, ...(status === undefined ? {} : { status }) };
}
