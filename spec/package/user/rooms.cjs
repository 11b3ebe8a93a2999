// The entry points for streams of one's own server, tests, simulations, the AI SDK and OpenTelemetry, from CommonJS. Neither a parser nor the AI SDK is installed here.
const { fromStream, ResilientClient, textOf } = require('rxjs-resilience');
const { resilientMiddleware } = require('rxjs-resilience/ai-sdk');
const { eventsOf } = require('rxjs-resilience/http');
const { poisson, simulate } = require('rxjs-resilience/lab');
const { observe } = require('rxjs-resilience/opentelemetry');
const { fakeProvider, VirtualScheduler } = require('rxjs-resilience/testing');

const scheduler = new VirtualScheduler();
let text = '';
fakeProvider({ scheduler })
  .open({ input: 1, output: 1 })
  .subscribe((chunk) => {
    text += textOf(chunk);
  });
scheduler.flush();
const client = new ResilientClient({});
observe(client)();
const { specificationVersion } = resilientMiddleware(client);
const headers = { 'content-type': 'text/event-stream' };
fromStream(() => eventsOf(new Response('data: "it works"\n\ndata: [DONE]\n\n', { headers }))).subscribe(({ data }) =>
  simulate({
    duration: 10_000,
    arrivals: poisson(1),
    request: () => ({ input: 1, output: 1 }),
    client: (time) => new ResilientClient({ scheduler: time }),
  }).then((report) => {
    const isWhole =
      text === 'let ' &&
      specificationVersion === 'v3' &&
      report.answered === report.calls &&
      report.toHtml().includes('uPlot');
    console.log(isWhole ? data : [text, report]);
  }),
);
