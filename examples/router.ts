import { pathToFileURL } from 'node:url';
import {
  asyncScheduler,
  interval,
  lastValueFrom,
  map,
  Observable,
  type SchedulerLike,
  scan,
  take,
  tap,
  timer,
} from 'rxjs';
import { perSecond, ResilientClient, ResilientRouter } from 'rxjs-resilience';
import { bar } from './demo/bar';

// npx tsx examples/router.ts     three providers share 12 calls a second; amber is down from second 10 to 20

/** What a provider is like: requests a second, ms until its first word, ms between two. */
const nature = {
  amber: { quota: 10, first: 120, each: 20 },
  birch: { quota: 5, first: 250, each: 30 },
  cedar: { quota: 2, first: 400, each: 50 },
};
type Name = keyof typeof nature;
const names = Object.keys(nature) as Name[];
const words = ['It', 'depends', 'on', 'who', 'answers'];

/** A provider without a network: refuses what is above its quota, and everything while it is down. */
class FakeProvider {
  isDown = false;
  /** Requests that it refused because they were too many. */
  throttled = 0;
  private recent: number[] = [];

  constructor(
    private readonly name: Name,
    private readonly scheduler: SchedulerLike,
  ) {}

  /** Opens one answer. */
  ask(): Observable<string> {
    const { first, each } = nature[this.name];
    const error = this.refusal();
    const answer = timer(error ? 20 : first, each, this.scheduler).pipe(take(words.length));
    return answer.pipe(
      map((index) => {
        if (error !== undefined || this.isDown) {
          throw error ?? Object.assign(new Error('terminated'), { code: 'ECONNRESET' });
        }
        return words[index]!;
      }),
    );
  }

  private refusal(): Error | undefined {
    const now = this.scheduler.now();
    this.recent = this.recent.filter((at) => at > now - 1_000);
    if (this.isDown) {
      return Object.assign(new Error('The server is overloaded'), { status: 503 });
    }
    if (this.recent.length >= nature[this.name].quota) {
      this.throttled += 1;
      return Object.assign(new Error('Rate limit reached'), { status: 429, headers: { 'retry-after-ms': '250' } });
    }
    this.recent.push(now);
    return undefined;
  }
}

/** How it stands. */
export interface Standing {
  readonly second: number;
  readonly asked: number;
  readonly answered: number;
  readonly lost: number;
  readonly providers: {
    readonly [name in Name]: {
      readonly isDown: boolean;
      readonly throttled: number;
      /** Answers, in all and in the last second. */
      readonly answers: number;
      readonly lately: number;
    };
  };
}

/** Three providers for so many seconds, of which one goes down; emits how it stands each second. */
export function runRouter(seconds: number, scheduler: SchedulerLike = asyncScheduler): Observable<Standing> {
  return new Observable<Standing>((subscriber) => {
    const providers = Object.fromEntries(names.map((name) => [name, new FakeProvider(name, scheduler)]));
    const clientOf = (name: Name) =>
      new ResilientClient({
        rateLimit: { limits: perSecond(nature[name].quota) },
        circuitBreak: { recoveryTimeout: 3_000 },
        scheduler,
      });
    const routes = Object.fromEntries(names.map((name) => [name, { client: clientOf(name) }]));
    const router = new ResilientRouter({ routes, scheduler });

    let [asked, answered, lost] = [0, 0, 0];
    const answers = Object.fromEntries(names.map((name) => [name, 0]));
    const ask = () => {
      let answering = '';
      asked += 1;
      const open = (name: string) => () => {
        answering = name;
        return providers[name]!.ask();
      };
      // What was read of an answer that broke off is replaced: a UI would clear it with onStatus.
      return router.call(open, { afterValues: 'restart' }).pipe(
        tap({
          complete: () => {
            answered += 1;
            answers[answering]! += 1;
          },
        }),
      );
    };
    const lose = { error: () => (lost += 1) };
    subscriber.add(interval(80, scheduler).subscribe(() => subscriber.add(ask().subscribe(lose))));
    subscriber.add(timer(10_000, scheduler).subscribe(() => (providers.amber!.isDown = true)));
    subscriber.add(timer(20_000, scheduler).subscribe(() => (providers.amber!.isDown = false)));

    const standing = (second: number, before?: Standing): Standing => {
      const each = names.map((name) => {
        const { isDown, throttled } = providers[name]!;
        const all = answers[name]!;
        return [name, { isDown, throttled, answers: all, lately: all - (before?.providers[name].answers ?? 0) }];
      });
      return { second, asked, answered, lost, providers: Object.fromEntries(each) };
    };
    const standings = interval(1_000, scheduler).pipe(
      scan((before: Standing | undefined, index) => standing(index + 1, before), undefined),
      map((each) => each!),
      take(seconds),
    );
    subscriber.add(standings.subscribe(subscriber));
  });
}

/** A picture for the terminal. */
export function picture({ second, asked, answered, lost, providers }: Standing): string[] {
  const rows = names.map((name) => {
    const { isDown, throttled, answers, lately } = providers[name];
    const now = `${bar(lately / 10, 20)} ${String(lately).padStart(2)}/s`;
    return `${name}  ${now}  ${String(answers).padStart(4)} answers, ${throttled} refused${isDown ? '  DOWN' : ''}`;
  });
  return [`${String(second).padStart(3)} s  ${answered} of ${asked} answered, ${lost} lost`, ...rows];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  let up = '';
  const drawn = runRouter(40).pipe(
    tap((standing) => {
      const lines = picture(standing);
      process.stdout.write(`${up}${lines.join('\n')}\n`);
      up = process.stdout.isTTY ? `\x1b[${lines.length}A\x1b[0J` : ''; // on a terminal the next one is drawn over it
    }),
  );
  await lastValueFrom(drawn);
}
