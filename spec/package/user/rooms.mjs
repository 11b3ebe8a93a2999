// The entry points for streams of one's own server, tests, simulations, the AI SDK and OpenTelemetry, from an ES module. Neither a parser nor the AI SDK is installed here.
import { fromStream, ResilientClient, textOf } from 'rxjs-resilience';
import { resilientMiddleware } from 'rxjs-resilience/ai-sdk';
import { eventsOf } from 'rxjs-resilience/http';
import { poisson, simulate } from 'rxjs-resilience/lab';
import { observe } from 'rxjs-resilience/opentelemetry';
import { fakeProvider, VirtualScheduler } from 'rxjs-resilience/testing';

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
