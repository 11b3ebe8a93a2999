/** What is set in the lab: numbers of sliders, and whether switches are on. */
export type LabSettings = { [name: string]: number | boolean };

interface Slider {
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly start: number;
}

interface Switch {
  readonly name: string;
  readonly label: string;
  readonly start: boolean;
}

interface Group {
  readonly title: string;
  readonly sliders: readonly Slider[];
  readonly switches: readonly Switch[];
}

const slider = (name: string, label: string, min: number, max: number, step: number, start: number): Slider => ({
  ...{ name, label, min, max, step, start },
});
const toggle = (name: string, label: string, start: boolean): Switch => ({ name, label, start });

/** All that can be set. */
export const groups: readonly Group[] = [
  {
    title: 'Traffic',
    sliders: [
      slider('perSecond', 'calls in a second', 0.1, 10, 0.1, 1.2),
      slider('rush', 'times as many from 0:20 to 0:30', 0, 10, 0.5, 1),
      slider('input', 'tokens of a prompt', 100, 5_000, 100, 500),
      slider('output', 'tokens of an answer', 10, 2_000, 10, 150),
    ],
    switches: [toggle('greedy', 'three tenants, one sends 8 of 10 calls', false)],
  },
  {
    title: 'Provider',
    sliders: [
      slider('requests', 'quota: requests in a minute', 10, 1_000, 10, 60),
      slider('tokens', 'quota: 1,000 tokens in a minute', 5, 1_000, 5, 60),
      slider('shrunk', '% of the quota from 0:30 to 0:40', 10, 100, 5, 100),
      slider('latency', 'ms to the first token', 100, 5_000, 100, 500),
      slider('slow', 'answers 10 s late, %', 0, 20, 0.5, 0),
      slider('failures', 'failures, %', 0, 100, 1, 1),
      slider('outage', 'minutes of outage from 0:40 on', 0, 15, 1, 0),
    ],
    switches: [],
  },
  {
    title: 'Guards',
    sliders: [
      slider('maxWait', 'limiter: maxWait, s', 0, 120, 1, 20),
      slider('maxRetries', 'retryBackoff: maxRetries', 0, 10, 1, 3),
      slider('first', 'timeout: first, s (0: none)', 0, 30, 0.5, 0),
      slider('hedge', 'hedge: after, s (0: none)', 0, 10, 0.1, 0),
    ],
    switches: [
      toggle('limiter', 'limiter', true),
      toggle('knows', 'limiter: knows the quota', true),
      toggle('pace', 'limiter: pace', true),
      toggle('fair', 'limiter: fair', false),
      toggle('retry', 'retryBackoff', true),
      toggle('breaker', 'circuitBreak', true),
      toggle('wait', "circuitBreak: whenOpen 'wait'", false),
    ],
  },
];

const all = groups.flatMap(({ sliders, switches }) => [...sliders, ...switches]);

/** As the lab begins. */
export const start: Readonly<LabSettings> = Object.fromEntries(all.map((each) => [each.name, each.start]));

/** What an address says; what it does not say, or wrongly, is as at the start. */
export function settingsIn(given: URLSearchParams): LabSettings {
  const read = all.map((each) => {
    const word = given.get(each.name);
    if (word === null) {
      return [each.name, each.start];
    }
    if (!('min' in each)) {
      return [each.name, word === 'true'];
    }
    const value = Number(word);
    return [each.name, value >= each.min && value <= each.max ? value : each.start];
  });
  return Object.fromEntries(read);
}

/** What differs from the start, for an address. */
export function changedIn(settings: LabSettings): { [name: string]: string } {
  const changed = Object.entries(settings).filter(([name, value]) => value !== start[name]);
  return Object.fromEntries(changed.map(([name, value]) => [name, String(value)]));
}

/** The guards as code, as they are set. */
export function codeOf(settings: LabSettings): string {
  const { limiter, knows, pace, fair, retry, breaker, wait, requests, tokens } = settings;
  const known = `limits: { requests: perMinute(${requests}), tokens: perMinute(${tokens}_000) }`;
  const limiting = `rateLimit: { ${knows ? known : 'maxConcurrent: 1_000'}, maxWait: ${settings.maxWait}_000${pace ? '' : ', pace: false'}${fair ? ', fair: true' : ''} },`;
  const lines = [
    ...(retry ? [`retryBackoff: { maxRetries: ${settings.maxRetries} },`] : []),
    ...(limiter ? [limiting] : []),
    ...(breaker ? ['circuitBreak: {},'] : []),
    ...(breaker && wait ? ["whenOpen: 'wait',"] : []),
    ...(settings.first ? [`timeout: { first: ${Number(settings.first) * 1_000} },`] : []),
    ...(settings.hedge ? [`hedge: { after: ${Number(settings.hedge) * 1_000} },`] : []),
  ];
  return ['new ResilientClient({', ...lines.map((line) => `  ${line}`), '});'].join('\n');
}
