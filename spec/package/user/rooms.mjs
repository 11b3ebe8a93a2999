// The entry points for streams of one's own server and for tests, from an ES module. No parser is installed here.
import { fromStream, textOf } from 'rxjs-resilience';
import { eventsOf } from 'rxjs-resilience/http';
import { fakeProvider, VirtualScheduler } from 'rxjs-resilience/testing';

const scheduler = new VirtualScheduler();
let text = '';
fakeProvider({ scheduler })
  .open({ input: 1, output: 1 })
  .subscribe((chunk) => {
    text += textOf(chunk);
  });
scheduler.flush();
const headers = { 'content-type': 'text/event-stream' };
fromStream(() => eventsOf(new Response('data: "it works"\n\ndata: [DONE]\n\n', { headers }))).subscribe(({ data }) =>
  console.log(text === 'let ' ? data : text),
);
