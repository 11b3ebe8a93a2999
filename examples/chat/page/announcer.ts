import { merge, throttleTime } from 'rxjs';
import { byId, setText } from './dom';
import type { Lane } from './lane';

/** Says to those who listen how many answers stand how: at most once in three seconds. */
export function announce(lanes: readonly Lane[], titles: { readonly [name in Lane['name']]: string }): void {
  merge(...lanes.map(({ changes$ }) => changes$))
    .pipe(throttleTime(3_000, undefined, { leading: false, trailing: true }))
    .subscribe(() => {
      const asked = lanes.filter(({ messages }) => messages.length > 0);
      const news = asked.map(({ name, tally: { whole, garbled, lost, running } }) => {
        return `${titles[name]}: ${whole} whole, ${garbled} garbled, ${lost} lost, ${running} under way.`;
      });
      setText(byId('announcements'), news.join(' '));
    });
}
