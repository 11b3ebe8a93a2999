import { type Answer, initialAnswer } from 'rxjs-resilience';
import { goOn } from '../../provider/prompts';
import { doingOf, Spans } from './spans';

/** How an answer that broke off goes on: by itself, anew, or when somebody says so. */
export type AfterCut = 'continue' | 'restart' | 'error';

/** What a way of calling is given. */
export interface Asking {
  /** The body of the request, for an estimate of its cost. */
  readonly request: object;
  readonly afterValues: AfterCut;
  /** Sends the request, or asks for the rest of an answer of which this has come. */
  post(signal: AbortSignal, begun?: string): Promise<Response>;
  /** What is new of the answer. */
  show(change: Partial<Answer>): void;
}

/** What has become of an answer; garbled: it is not what the model said, whether anybody noticed or not. */
export type Outcome = 'running' | 'whole' | 'garbled' | 'lost' | 'stopped';

/** A question and what has come of it. */
export class Message {
  answer: Answer = initialAnswer;
  requests = 0;
  throttled = 0;
  readonly spans = new Spans();
  /** What an earlier call typed and this one goes on from. */
  #kept = '';
  /** Requests of which the text is still shown. */
  #useful = 0;
  /** Whether text has come since the last request. */
  #isFed = false;

  constructor(
    readonly id: string,
    readonly question: string,
    /** What the model says, where that is known: only then it is known that an answer is garbled. */
    private readonly expected: string | undefined,
  ) {}

  get text(): string {
    return this.#kept + this.answer.text;
  }

  get isRunning(): boolean {
    return !['done', 'cancelled', 'failed'].includes(this.answer.phase);
  }

  /** How many characters are what the model said. */
  get rightUntil(): number {
    const { text, expected = text } = this;
    if (expected.startsWith(text)) {
      return text.length;
    }
    let place = 0;
    while (text[place] === expected[place]) {
      place += 1;
    }
    return place;
  }

  get outcome(): Outcome {
    const { answer, text, expected = text } = this;
    switch (answer.phase) {
      case 'failed':
        return 'lost';
      case 'cancelled':
        return 'stopped';
      case 'done':
        return text === expected ? 'whole' : 'garbled';
      default:
        return expected.startsWith(text) ? 'running' : 'garbled';
    }
  }

  /** Requests that brought nothing of a whole answer. */
  get wasted(): number {
    const { outcome, answer } = this;
    if (outcome === 'lost' || outcome === 'garbled') {
      return this.requests;
    }
    const isAsking = answer.phase === 'connecting' || (outcome === 'stopped' && !this.#isFed);
    return Math.max(0, this.requests - this.#useful - (isAsking ? 1 : 0));
  }

  /** The conversation to send: the question, and what is there already, to ask for the rest of it. */
  toSend(begun = ''): readonly { role: 'user' | 'assistant'; content: string }[] {
    const content = this.#kept + begun;
    const rest = [{ role: 'assistant', content } as const, { role: 'user', content: goOn } as const];
    return [{ role: 'user', content: this.question }, ...(content === '' ? [] : rest)];
  }

  /** A new call begins: it goes on from what is shown, or anew. */
  begin(how: 'go-on' | 'anew'): void {
    this.#kept = how === 'go-on' ? this.text : '';
    this.#useful = how === 'go-on' ? this.#useful : 0;
    this.answer = initialAnswer;
    this.#note();
  }

  /** A request was sent. */
  asked(): void {
    this.requests += 1;
    this.#isFed = false;
  }

  show(change: Partial<Answer>): void {
    const before = this.answer;
    this.answer = { ...before, ...change };
    const { text } = this.answer;
    if (text.length < before.text.length) {
      this.#useful = 0;
    }
    if (!this.#isFed && text.length > before.text.length) {
      this.#isFed = true;
      this.#useful += 1;
    }
    this.#note();
  }

  #note(): void {
    this.spans.note(doingOf(this), Date.now());
  }
}
