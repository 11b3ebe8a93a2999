import type { Second, Site } from './site';
import { awayFrom, backAt, type Evidence, end, type Name, names, natures } from './traffic';

/** s in which the clients learn, at the beginning and after a change. */
const learning = 20;
const settling = 5;
const answer = 'let the sun and sea air dry all our old red wet hay for one day let the sun and ';

/** What was measured: shares from 0 to 1, unless it says otherwise. */
export interface Figures {
  readonly calls: number;
  /** Calls without the right answer. */
  readonly wrong: number;
  /** Calls of which more, or less, than one answer was given in whole. */
  readonly notOnce: number;
  /** Of the sum of what is up: before, during and after the outage. */
  readonly throughput: readonly [number, number, number];
  /** Requests while it was up, refused ones counted, for each that its limit allows: the most of all providers. */
  readonly pressed: number;
  /** Refused requests of all that were sent. */
  readonly refused: number;
  /** Seconds until the one that was away takes calls again. */
  readonly backAfter: number;
  /** Of its limit, what it takes 60 s after it came back. */
  readonly shareAfter: number;
  /** Requests a second at the one whose key is wrong. */
  readonly locked: number;
}

/** By what the servers saw. */
export function figuresOf({ sites, answers }: Evidence): Figures {
  const all = [...answers];
  const up = names.filter((name) => name !== 'locked');
  const rest = up.filter((name) => name !== 'large');
  const taken = (which: readonly Name[], from: number, to: number) => {
    const allowed = which.reduce((sum, name) => sum + natures[name].limit, 0);
    return which.reduce((sum, name) => sum + mean(sites[name], 'taken', from, to), 0) / allowed;
  };
  const given = (call: string) => names.reduce((sum, name) => sum + (sites[name].answered.get(call) ?? 0), 0);
  const sent = (field: keyof Second) => up.reduce((sum, name) => sum + mean(sites[name], field, 0, end), 0);
  const pressed = (name: Name) => {
    const away = name === 'large' ? backAt - awayFrom : 0;
    return (mean(sites[name], 'requests', 0, end) * end) / ((end - away) * natures[name].limit);
  };
  return {
    calls: all.length,
    wrong: all.filter(([, { phase, text }]) => phase !== 'done' || text !== answer).length,
    notOnce: all.filter(([call]) => given(call) !== 1).length,
    throughput: [
      taken(up, learning, awayFrom),
      taken(rest, awayFrom + settling, backAt),
      taken(up, backAt + learning, end),
    ],
    pressed: Math.max(...up.map(pressed)),
    refused: sent('refused') / sent('requests'),
    backAfter: sites.large.seconds.slice(backAt).findIndex((second) => second.taken > 0) + 1,
    shareAfter: taken(['large'], backAt + 60, end),
    locked: mean(sites.locked, 'requests', 0, end),
  };
}

/** What is not as it should be. */
export function violationsOf(figures: Figures): string[] {
  const { wrong, notOnce, throughput, pressed, refused, backAfter, shareAfter, locked } = figures;
  const rules: readonly (readonly [holds: boolean, what: string])[] = [
    [wrong === 0, `${wrong} calls without the right answer`],
    [notOnce === 0, `${notOnce} calls were not answered once`],
    ...throughput.map((share) => [share >= 0.9, `${percent(share)} of what is up`] as const),
    [pressed <= 1.05, `a provider was asked ${percent(pressed)} of its limit`],
    [refused <= 0.05, `${percent(refused)} of the requests were refused`],
    [backAfter > 0 && backAfter <= 10, `the one that came back takes calls after ${backAfter} s`],
    [shareAfter >= 0.9, `it has ${percent(shareAfter)} of its share after 60 s`],
    [locked <= 0.5, `one whose key is wrong was asked ${locked.toFixed(1)} times a second`],
  ];
  return rules.filter(([holds]) => !holds).map(([, what]) => what);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** In the mean of some seconds. */
function mean(site: Site, field: keyof Second, from: number, to: number): number {
  return site.seconds.slice(from, to).reduce((sum, second) => sum + second[field], 0) / (to - from);
}
