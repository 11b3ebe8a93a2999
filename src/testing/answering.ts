import type { SchedulerAction, Subscription } from 'rxjs';
import type { FakeCore, FakeHeaders } from './fake-core';
import type { FakeProviderError } from './fake-provider-error';
import { fakeText } from './fake-text';
import type { FaultKind } from './faults';
import type { FakeAnswer } from './shapes/shape';

/** Where an answer goes. */
export interface Sink<C> {
  /** The answer begins, in the same ms as its first chunk. */
  begin?(headers: FakeHeaders): void;
  chunk(chunk: C): void;
  end(answer: FakeAnswer): void;
  /** The last chunk, which reports a failure. */
  failInside(chunk: C): void;
  /** There is no answer. */
  refuse(error: FakeProviderError): void;
  /** The connection breaks. */
  cut(): void;
  /** A chunk is no JSON. */
  garble(): void;
}

/** One request, from its arrival to its end. */
export class Answering<C> {
  readonly #answer: FakeAnswer;
  readonly #fault: FaultKind | undefined;
  readonly #begun: number;
  /** Present once it is let in; else the headers of its refusal are in the error. */
  #headers: FakeHeaders | undefined;
  #refusal: FakeProviderError | undefined;
  /** ms from its arrival to the first chunk, or to the refusal. */
  #latency = 0;
  /** How many chunks have content. */
  #chunks = 0;
  /** Before which step the fault strikes: a chunk with content, or the end. */
  #strike = Infinity;
  /** The next step. */
  #step = 0;
  #isLetIn = false;
  #isOver = false;
  #timer: Subscription | undefined;

  constructor(
    private readonly core: FakeCore<C>,
    private readonly sink: Sink<C>,
    request: object,
  ) {
    core.books.begin();
    this.#answer = core.answerTo(request);
    this.#begun = core.now();
    this.#fault = core.fault();
    this.#decide();
  }

  start(): void {
    this.#timer = this.core.scheduler.schedule(goOn, Math.ceil(this.#latency), this as Answering<unknown>);
  }

  /** The subscriber does not listen any more. */
  leave(): void {
    if (!this.#isOver) {
      this.#end('aborted');
      this.#timer?.unsubscribe();
    }
  }

  /** Takes all steps that are due. Returns the ms to the next one, if there is one. */
  takeSteps(): number | undefined {
    if (this.#refusal !== undefined) {
      this.#end(this.#fault === 'serverError' ? 'failed' : 'refused');
      this.sink.refuse(this.#refusal);
    }
    while (!this.#isOver) {
      const ms = this.#dueIn();
      if (ms > 0) {
        return Math.ceil(ms);
      }
      if (this.#step === this.#strike) {
        this.#strikeNow();
        return undefined;
      }
      this.#takeStep();
    }
    return undefined;
  }

  /** Is it let in? */
  #decide(): void {
    const { core } = this;
    const { input, output } = this.#answer;
    if (this.#fault === 'throttle' || this.#fault === 'serverError') {
      this.#refusal = this.#fault === 'throttle' ? core.throttled(undefined) : core.overloaded();
    } else {
      const units = { requests: 1, tokens: input + output, inputTokens: input, outputTokens: output };
      const refusal = core.quota.admit(core.now(), units);
      this.#refusal = refusal && core.throttled(refusal);
    }
    if (this.#refusal === undefined) {
      this.#letIn();
    } else {
      this.#latency = core.refusalLatency();
    }
  }

  #letIn(): void {
    const { core } = this;
    this.#isLetIn = true;
    core.books.inputTokens += this.#answer.input;
    this.#latency = core.latency(this.#fault === 'slowFirst');
    this.#headers = this.sink.begin && core.headers();
    this.#chunks = Math.min(this.#answer.output, core.maxChunks);
    if (this.#fault !== undefined && this.#fault !== 'slowFirst') {
      this.#strike = Math.floor(core.random() * (this.#chunks + 1));
    }
  }

  #dueIn(): number {
    const tokens = this.#step === this.#chunks ? this.#answer.output : this.#tokensBefore(this.#step);
    const writing = tokens === 0 ? 0 : tokens / this.core.tokensPerMs;
    return this.#latency + writing - (this.core.now() - this.#begun);
  }

  /** Tokens in the chunks before one of them. */
  #tokensBefore(chunk: number): number {
    return chunk === 0 ? 0 : Math.floor((chunk * this.#answer.output) / this.#chunks);
  }

  #takeStep(): void {
    const { core, sink } = this;
    const step = this.#step;
    this.#step += 1;
    if (step === 0) {
      this.#beginOnce();
      this.#send(core.shape.head(this.#answer));
    }
    if (step < this.#chunks && !this.#isOver) {
      const text = fakeText(this.#tokensBefore(step), this.#tokensBefore(step + 1));
      sink.chunk(core.shape.content(text, this.#answer));
    } else if (step === this.#chunks) {
      this.#send(core.shape.tail(this.#answer));
      if (!this.#isOver) {
        this.#end('answered');
        sink.end(this.#answer);
      }
    }
  }

  #strikeNow(): void {
    const { sink } = this;
    const failure = this.#fault === 'failInside' ? this.core.shape.failure(this.#answer) : undefined;
    if (this.#fault === 'stall') {
      return;
    }
    this.#end('failed');
    if (failure !== undefined) {
      this.#beginOnce();
      sink.failInside(failure);
    } else if (this.#fault === 'garble') {
      this.#beginOnce();
      sink.garble();
    } else {
      sink.cut();
    }
  }

  #beginOnce(): void {
    if (this.#headers !== undefined) {
      this.sink.begin!(this.#headers);
      this.#headers = undefined;
    }
  }

  #send(chunks: readonly C[]): void {
    for (const chunk of chunks) {
      if (this.#isOver) {
        return;
      }
      this.sink.chunk(chunk);
    }
  }

  #end(outcome: 'refused' | 'failed' | 'answered' | 'aborted'): void {
    this.#isOver = true;
    if (this.#isLetIn) {
      this.core.quota.leave();
    }
    this.core.books.end(outcome, outcome === 'answered' ? this.#answer.output : this.#written());
  }

  /** Tokens that were written until now, whether they were sent or not; no more than before the fault. */
  #written(): number {
    const ms = this.core.now() - this.#begun - this.#latency;
    if (!this.#isLetIn || ms <= 0) {
      return 0;
    }
    const most = this.#strike <= this.#chunks ? this.#tokensBefore(this.#strike) : this.#answer.output;
    return Math.min(most, Math.ceil(ms * this.core.tokensPerMs));
  }
}

function goOn(this: SchedulerAction<Answering<unknown>>, answering?: Answering<unknown>): void {
  const ms = answering!.takeSteps();
  if (ms !== undefined) {
    this.schedule(answering, ms);
  }
}
