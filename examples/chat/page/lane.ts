import { catchError, EMPTY, type Observable, Subject, Subscription, takeUntil } from 'rxjs';
import type { Message } from './message';
import type { Chunk } from './provider';

/** Makes the call of a message. */
export type Ask = (message: Message) => Observable<readonly Chunk[]>;

/** One way of calling, with its conversation. */
export class Lane {
  readonly messages: Message[] = [];
  /** A message that has just come in. */
  readonly added$ = new Subject<Message>();
  readonly #calls = new Map<Message, Subscription>();
  readonly #stops$ = new Subject<void>();

  constructor(
    readonly name: 'guarded' | 'plain',
    private readonly ask: Ask,
  ) {}

  send(message: Message): void {
    this.messages.push(message);
    this.added$.next(message);
    this.begin(message, 'anew');
  }

  /** Calls (again) for a message. */
  begin(message: Message, how: 'go-on' | 'anew'): void {
    this.stop(message);
    message.begin(how);
    const call = new Subscription();
    this.#calls.set(message, call);
    call.add(
      this.ask(message)
        .pipe(
          catchError(() => EMPTY), // its status has said so
          takeUntil(this.#stops$),
        )
        .subscribe((chunks) => message.add(chunks)),
    );
  }

  stop(message: Message): void {
    this.#calls.get(message)?.unsubscribe();
    this.#calls.delete(message);
  }

  stopAll(): void {
    this.#stops$.next();
  }
}
