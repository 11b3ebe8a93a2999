// The entry points for streams of one's own server and for tests, from CommonJS. No parser is installed here.
const { fromStream, textOf } = require('rxjs-resilience');
const { eventsOf } = require('rxjs-resilience/http');
const { fakeProvider, VirtualScheduler } = require('rxjs-resilience/testing');

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
