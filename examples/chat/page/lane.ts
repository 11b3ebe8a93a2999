import { Subject, type Subscription } from 'rxjs';
import type { LaneName } from '../server/api';
import type { AfterCut, Asking, Message } from './message';
import type { Provider } from './provider';

/** How a lane stands: its answers by what became of them, and what they cost. */
export interface Tally {
  readonly whole: number;
  readonly garbled: number;
  readonly lost: number;
  readonly running: number;
  readonly wasted: number;
  readonly throttled: number;
}

/** One way of calling, with its conversation. */
export class Lane {
  messages: Message[] = [];
  /** How many messages there will be soon. */
  expected = 0;
  /** Something is new: of one message, or of all. */
  readonly changes$ = new Subject<Message | undefined>();
  readonly #calls = new Map<Message, Subscription>();

  constructor(
    readonly name: LaneName,
    private readonly provider: Provider,
    private readonly afterCut: () => AfterCut,
    private readonly ask: (asking: Asking) => Subscription,
  ) {}

  get tally(): Tally {
    const { messages } = this;
    const of = (outcome: string) => messages.filter((message) => message.outcome === outcome).length;
    const sum = (name: 'wasted' | 'throttled') => messages.reduce((total, message) => total + message[name], 0);
    const running = messages.filter(({ isRunning, outcome }) => isRunning && outcome === 'running').length;
    return {
      ...{ whole: of('whole'), garbled: of('garbled'), lost: of('lost'), running },
      ...{ wasted: sum('wasted'), throttled: sum('throttled') },
    };
  }

  send(message: Message): void {
    this.messages.push(message);
    this.expected = Math.max(this.expected, this.messages.length);
    this.begin(message, 'anew');
  }

  /** Calls (again) for a message. */
  begin(message: Message, how: 'go-on' | 'anew'): void {
    this.#calls.get(message)?.unsubscribe();
    message.begin(how);
    this.changes$.next(message);
    const { provider } = this;
    const call = this.ask({
      request: provider.requestOf(message.toSend()),
      afterValues: this.afterCut(),
      post: (signal, begun) => provider.post(message, signal, begun),
      show: (change) => {
        message.show(change);
        this.changes$.next(message);
      },
    });
    this.#calls.set(message, call);
  }

  stop(message: Message): void {
    this.#calls.get(message)?.unsubscribe();
    this.#calls.delete(message);
    if (message.isRunning) {
      message.show({ phase: 'cancelled' });
      this.changes$.next(message);
    }
  }

  stopAll(): void {
    for (const message of this.messages) {
      this.stop(message);
    }
  }

  /** Stops and forgets everything. */
  clear(): void {
    this.stopAll();
    this.messages = [];
    this.expected = 0;
    this.changes$.next(undefined);
  }
}
