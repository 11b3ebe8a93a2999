import type { PageConfig, ServerState } from '../server/api';
import { startChatPage } from './chat';
import { byId, setText } from './dom';
import { FaultPanel } from './fault-panel';
import { startTheme } from './theme';

startTheme();
const config: PageConfig = await (await fetch('/api/config')).json();
const chat = startChatPage(config);
const faults = new FaultPanel(() => chat.lanes.map(({ name }) => name));
byId<HTMLFieldSetElement>('fault-panel').disabled = !config.hasFaults;
const changes = new EventSource('/api/state');
changes.addEventListener('message', ({ data }) => {
  const state: ServerState = JSON.parse(data);
  setText(byId('open'), String(state.open));
  faults.show(state);
});
document.documentElement.dataset.ready = '';
