import { type EmbeddedProvider, startProvider } from '../provider/start';
import { faultsBy, outage } from './faults';
import { PlannedTroubles } from './troubles';

/** The embedded provider, misbehaving as the seed says: in every run the same. */
export interface DemoServer extends EmbeddedProvider {
  readonly isDown: boolean;
  /** A new run: nobody has asked for anything yet, and the outage is still to come. */
  begin(): void;
  /** The run is over: whatever is still open is closed. */
  end(): void;
}

export async function startServer(seed: number): Promise<DemoServer> {
  const provider = await startProvider();
  const { gateway } = provider;
  const faults = faultsBy(seed);
  let troubles = new PlannedTroubles(faults);
  let breakingDown: NodeJS.Timeout | undefined;
  const breakDown = () => {
    gateway.onTrouble(`server breaks down for ${(outage.until - outage.from) / 1_000} s`);
    gateway.cutStreams();
  };
  const begin = () => {
    troubles = new PlannedTroubles(faults);
    gateway.troubles = troubles;
    gateway.reset();
    breakingDown = setTimeout(breakDown, outage.from);
  };
  const end = () => {
    clearTimeout(breakingDown);
    gateway.closeAll();
  };
  return {
    ...provider,
    get isDown() {
      return troubles.isDown;
    },
    begin,
    end,
    stop: () => {
      end();
      return provider.stop();
    },
  };
}
