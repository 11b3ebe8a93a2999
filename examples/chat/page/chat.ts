import type { LaneName, PageConfig } from '../server/api';
import { announce } from './announcer';
import { codeButton } from './code';
import { Composer } from './composer';
import { byId } from './dom';
import { inFrame } from './frame';
import { askGuarded, newClient } from './guarded';
import { showGuards } from './guards-view';
import { Lane } from './lane';
import { LaneView } from './lane-view';
import type { AfterCut, Asking } from './message';
import { askPlain } from './plain';
import { Provider } from './provider';
import { settingsOf } from './settings';
import { periodOf } from './timeline';

const titles = { guarded: 'Guarded by rxjs-resilience', plain: 'Plain RxJS: retry and timeout' };

/** The lanes, what is shown of them, and the form from which they are asked. Returns the names of those in use. */
export function startChatPage(config: PageConfig): () => readonly LaneName[] {
  const settings = settingsOf(location.search, config);
  const client = newClient(settings);
  const afterCut = () => byId<HTMLSelectElement>('after-cut').value as AfterCut;
  const lane = (name: LaneName, ask: (asking: Asking) => ReturnType<typeof askPlain>) =>
    new Lane(name, new Provider(config.relays[name], config.model), afterCut, ask);
  const lanes = [
    lane('guarded', (asking) => askGuarded(client, asking)),
    lane('plain', (asking) => askPlain(settings, asking)),
  ];
  const views = lanes.map((each) => ({
    lane: each,
    view: new LaneView(each, titles[each.name], codeButton(each.name)),
  }));
  const countDown = showGuards(client, settings);
  announce(lanes, titles);

  let isLive = false;
  const draw = () => {
    const now = Date.now();
    const period = periodOf(lanes, now);
    for (const { lane: each, view } of views) {
      view.timeline.draw(each, period, now);
    }
  };
  setInterval(() => {
    const wasLive = isLive;
    isLive = lanes.some(({ messages }) => messages.some(({ spans }) => spans.isLive));
    if (isLive || wasLive) {
      for (const { view } of views) {
        view.tick();
      }
      inFrame(draw);
    }
    countDown();
  }, 200);
  draw();

  const composer = new Composer(lanes, config, () => {
    client.limiter.reset();
    client.breaker.reset();
    inFrame(draw);
  });
  return () => composer.lanes.map(({ name }) => name);
}
