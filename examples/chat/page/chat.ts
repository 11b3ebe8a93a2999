import type { PageConfig } from '../server/api';
import { Announcer } from './announcer';
import { Composer } from './composer';
import { byId } from './dom';
import { type AfterCut, askGuarded, newClient } from './guarded';
import { Lane } from './lane';
import { frameOf, LaneView } from './lane-view';
import { Line } from './line';
import type { Message } from './message';
import { showBreaker, showMeters } from './meters';
import { askPlain } from './plain';
import { Provider } from './provider';
import { TimelineRecord } from './record';
import { settingsOf } from './settings';
import { Timeline } from './timeline';
import { briefPhaseOf, phaseOf } from './words';

const titles = { guarded: 'Guarded', plain: 'Plain RxJS' };

/** The conversations, what is shown of their calls, and the form from which they are asked. */
export function startChatPage(config: PageConfig): { readonly lanes: readonly Lane[] } {
  const settings = settingsOf(location.search, config);
  const client = newClient(settings);
  const line = new Line(client.events$);
  const providerOf = (lane: Lane['name']) => new Provider(config.relays[lane], config.model, lane);
  const [toGuarded, toPlain] = [providerOf('guarded'), providerOf('plain')];
  const afterCut = byId<HTMLSelectElement>('after-cut');
  const guarded = new Lane('guarded', (message) => askGuarded(client, toGuarded, message, afterCut.value as AfterCut));
  const plain = new Lane('plain', (message) => askPlain(toPlain, message, settings));

  const announcer = new Announcer();
  const record = new TimelineRecord(60);
  const timeline = new Timeline(record);
  const circumstancesOf = ({ id }: Message) => ({
    now: Date.now(),
    ahead: line.aheadOf(id),
    retries: settings.retries,
  });
  const views = [guarded, plain].map((lane) => {
    const { frame, scroller, list, tally } = frameOf(titles[lane.name], lane.name);
    byId('lanes').append(frame);
    return new LaneView(
      lane,
      { scroller, list, tally },
      (message) => phaseOf(message, circumstancesOf(message)),
      (message, number) => {
        record.note(message, `${lane.name === 'plain' ? 'P' : 'G'}${number}`, Date.now());
        announcer.say(`${titles[lane.name]}, answer ${number}: ${briefPhaseOf(message)}`);
      },
    );
  });
  showMeters(client, settings);
  const breaker = showBreaker(client, announcer);
  let wasLive = true;
  setInterval(() => {
    const isLive = record.isLive;
    if (isLive || wasLive || breaker.isLive) {
      breaker.tick();
      for (const view of views) {
        view.tick();
      }
      timeline.draw(Date.now());
    }
    wasLive = isLive;
  }, 100);

  return new Composer(guarded, plain);
}
