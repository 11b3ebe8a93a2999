import { Subject } from 'rxjs';
import { coalesceTime } from 'rxjs-resilience';
import { byId, setText } from './dom';

/** Says what happens to those who listen: at most a sentence a second, and never the tokens. */
export class Announcer {
  readonly #news = new Subject<string>();

  constructor() {
    const region = byId('announcements');
    this.#news.pipe(coalesceTime(1_000)).subscribe((news) => setText(region, inShort(news)));
  }

  say(news: string): void {
    this.#news.next(news);
  }
}

/** Of many things that happened at once, the last few and how many more. */
function inShort(news: readonly string[]): string {
  const last = news.slice(-3).join('. ');
  return news.length > 3 ? `${news.length} changes. ${last}` : last;
}
