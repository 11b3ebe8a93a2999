/** The colours of a drawing. */
export interface Theme {
  readonly name: 'light' | 'dark';
  readonly card: string;
  readonly border: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly code: {
    readonly ground: string;
    readonly border: string;
    readonly operator: string;
    readonly string: string;
    readonly number: string;
    readonly keyword: string;
  };
  readonly error: string;
  readonly cut: string;
  /** Fill and edge of marbles: one pair is taken for each letter. */
  readonly marbles: readonly (readonly [fill: string, edge: string])[];
  /** Fill and ink of states: how good they are. */
  readonly states: Readonly<Record<Mood, readonly [fill: string, ink: string]>>;
}

/** How a state is to be seen at a glance. */
export type Mood = 'good' | 'busy' | 'careful' | 'bad' | 'quiet';

export const themes: readonly Theme[] = [
  {
    name: 'light',
    card: '#ffffff',
    border: '#d8dee4',
    ink: '#1f2328',
    muted: '#656d76',
    grid: '#eef1f4',
    code: {
      ground: '#f6f8fa',
      border: '#d8dee4',
      operator: '#8250df',
      string: '#0a6640',
      number: '#0550ae',
      keyword: '#cf222e',
    },
    error: '#cf222e',
    cut: '#8250df',
    marbles: [
      ['#cfe8ff', '#2f7dc8'],
      ['#ffe2b8', '#c27a10'],
      ['#d3f2d3', '#2f8f46'],
      ['#f3d9ff', '#9a4fc7'],
      ['#e8efc6', '#7d8f1e'],
      ['#d0f3f1', '#178a86'],
    ],
    states: {
      good: ['#d3f2d3', '#1a5c2d'],
      busy: ['#cfe8ff', '#0f4a82'],
      careful: ['#fff0c2', '#7a4d00'],
      bad: ['#ffd6dc', '#8f1d33'],
      quiet: ['#e7ebef', '#4a525a'],
    },
  },
  {
    name: 'dark',
    card: '#0d1117',
    border: '#30363d',
    ink: '#e6edf3',
    muted: '#8d96a0',
    grid: '#1b222b',
    code: {
      ground: '#161b22',
      border: '#30363d',
      operator: '#d2a8ff',
      string: '#7ee2a8',
      number: '#79c0ff',
      keyword: '#ff7b72',
    },
    error: '#ff7b72',
    cut: '#d2a8ff',
    marbles: [
      ['#14395c', '#58a6ff'],
      ['#53350a', '#e3a03c'],
      ['#15421f', '#56d364'],
      ['#3f2359', '#cf9bff'],
      ['#363d12', '#bccf5a'],
      ['#0e4442', '#4fd1cb'],
    ],
    states: {
      good: ['#15421f', '#8be79a'],
      busy: ['#14395c', '#9ecbff'],
      careful: ['#4d3a05', '#f5d271'],
      bad: ['#5a1f2b', '#ffb3bf'],
      quiet: ['#262c34', '#aab4be'],
    },
  },
];

const moods: Readonly<Record<string, Mood>> = {
  closed: 'good',
  granting: 'good',
  live: 'good',
  done: 'good',
  open: 'bad',
  failed: 'bad',
  refused: 'bad',
  aborted: 'bad',
  'half-open': 'careful',
  waiting: 'careful',
  paused: 'careful',
  isolated: 'quiet',
  cancelled: 'quiet',
  connecting: 'quiet',
};

/** The mood of a state; whatever is not known is just busy. */
export function moodOf(state: string): Mood {
  return moods[state] ?? 'busy';
}
