import { costOf } from '../../budget/cost-of';
import type { Simulation } from '../run/simulation';
import { providerUtilisation } from '../run/utilisation';
import { priceOf, type SimulateConfig } from '../simulate-config';
import { rounded } from './histogram';
import type { Binding, ReportData, Utilisation } from './report-data';

/** What is told of a run that is over. */
export function dataOf(config: SimulateConfig, simulation: Simulation): ReportData {
  const { books, series, now } = simulation;
  const { calls, answered, failed, requests, throttled } = books.sums;
  const billed = simulation.sumOf(({ provider }) => provider.server.tokensBilled);
  const limits = simulation.utilisation.told();
  const cost = costIn(config, simulation);
  const binds = bindingOf(simulation, limits);
  return {
    name: config.name ?? 'simulation',
    seed: config.seed ?? 1,
    duration: config.duration,
    ended: rounded(now),
    ...{ calls, answered, refused: { ...books.refusals }, failed, failures: { ...books.failures } },
    unfinished: books.open,
    wait: books.wait.percentiles(),
    firstToken: books.firstToken.percentiles(),
    whole: books.whole.percentiles(),
    ...{ requests, throttled, hedges: books.hedges, retries: books.retries, peakPerSecond: books.peakPerSecond },
    tokens: { billed, wasted: Math.max(0, billed - books.delivered) },
    ...(cost === undefined ? {} : { cost }),
    utilisation: {
      ...limits,
      ...Object.fromEntries(
        simulation.routes.flatMap(({ name, config: own, provider }) =>
          providerUtilisation(name, own, provider.server, now),
        ),
      ),
    },
    tenants: books.tenants(),
    ...(binds === undefined ? {} : { binds }),
    series: series.told,
  };
}

function costIn(config: SimulateConfig, { routes }: Simulation): number | undefined {
  const costs = routes.flatMap(({ name, provider: { server } }) => {
    const price = priceOf(config, name);
    if (price === undefined) {
      return [];
    }
    const tokens = { input: server.inputTokens, output: server.outputTokens };
    const fees = (price.request ?? 0) * (server.requests - server.refused);
    return [costOf(tokens, { ...price, request: 0 }) + fees];
  });
  return costs.length === 0 ? undefined : Math.round(costs.reduce((sum, each) => sum + each) * 1e6) / 1e6;
}

/** A limit of which no more than this was ever used did not bind: one of a keyed policy did, which is not seen. */
const nearlyAll = 0.95;

/** The guard that held up most calls, if that was one in a hundred. */
function bindingOf({ books }: Simulation, limits: { [limit: string]: Utilisation }): Binding | undefined {
  const [guard, calls] = (Object.entries(books.heldUp) as [Binding['guard'], number][]).reduce((most, each) =>
    each[1] > most[1] ? each : most,
  );
  if (calls === 0 || calls < books.sums.calls / 100) {
    return undefined;
  }
  const own = Object.entries(limits).filter(([name, { max }]) => name.includes(guard) && max > nearlyAll);
  const most = Math.max(...own.map(([, { mean }]) => mean));
  const limit = own.find(([, { mean }]) => mean === most)?.[0];
  return { guard, ...(limit === undefined ? {} : { limit }), calls };
}
