import { startProvider, type Tempo } from '../../provider/start';
import { ArmedFaults, type QuotaConfig } from './faults';

/** Whom the relay asks. */
export interface Upstream {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  /** Only the embedded provider can be told what goes wrong. */
  readonly faults?: ArmedFaults;
  stop(): Promise<void>;
}

/** The provider of `OPENAI_API_KEY`, or without a key the embedded one. */
export function connectUpstream(tempo: Tempo, quota: QuotaConfig): Promise<Upstream> {
  const key = process.env.OPENAI_API_KEY;
  return key === undefined ? embedded(tempo, quota) : Promise.resolve(real(key));
}

function real(key: string): Upstream {
  const baseURL = process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
  return {
    url: `${baseURL}/chat/completions`,
    headers: { authorization: `Bearer ${key}` },
    model: process.env.OPENAI_MODEL ?? 'gpt-4o-mini',
    stop: async () => undefined,
  };
}

async function embedded(tempo: Tempo, quota: QuotaConfig): Promise<Upstream> {
  const { gateway, baseURL, stop } = await startProvider(tempo);
  const faults = new ArmedFaults(quota);
  gateway.troubles = faults;
  return { url: `${baseURL}/chat/completions`, headers: {}, model: 'demo', faults, stop };
}
