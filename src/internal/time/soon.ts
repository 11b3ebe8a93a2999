import type { SchedulerLike, Subscription, Unsubscribable } from 'rxjs';
import { reportUnhandled } from '../unhandled';
import type { Clock } from './clock';
import type { Frame } from './frame';

export type { Frame } from './frame';

/** For refusals, which are told in the same frame, but not synchronously: many share one action of the clock's scheduler. */
export function soon(clock: Clock): Frame {
  clock.frame ??= new Soon(clock.scheduler);
  return clock.frame;
}

/** Does the work of many by one action of a scheduler: in a burst of refusals, a timer for each costs half a µs. */
export class Soon implements Frame {
  private batch: Batch | undefined = undefined;

  constructor(private readonly scheduler: SchedulerLike) {}

  schedule(work: () => void): Unsubscribable {
    if (this.batch?.isOpen !== true) {
      this.batch = new Batch(this.scheduler);
    }
    return this.batch.add(work);
  }
}

/** What is done by the same action. */
class Batch {
  private tasks: Task[] = [];
  private isOver = false;
  /** How many tasks are still wanted. */
  private wanted = 0;
  private action: Subscription | undefined = undefined;

  constructor(private readonly scheduler: SchedulerLike) {}

  /** Whether others can join: it has not begun, and was not cancelled, as by another action that threw. */
  get isOpen(): boolean {
    return !this.isOver && this.action?.closed !== true;
  }

  add(work: () => void): Unsubscribable {
    const task = new Task(this, work);
    this.tasks.push(task);
    this.wanted += 1;
    this.action ??= this.scheduler.schedule(() => this.run(), 0); // last: some schedulers do at once what has no delay
    return task;
  }

  /** One of the tasks is not wanted any more. */
  drop(): void {
    this.wanted -= 1;
    if (this.wanted === 0) {
      this.isOver = true;
      this.action?.unsubscribe();
    }
  }

  private run(): void {
    this.isOver = true;
    for (const task of this.tasks) {
      task.run();
    }
  }
}

class Task implements Unsubscribable {
  constructor(
    private readonly batch: Batch,
    private work: (() => void) | undefined,
  ) {}

  unsubscribe(): void {
    if (this.work !== undefined) {
      this.work = undefined;
      this.batch.drop();
    }
  }

  run(): void {
    const { work } = this;
    this.work = undefined;
    try {
      work?.();
    } catch (thrown) {
      reportUnhandled(thrown); // the others have their turn
    }
  }
}
