/** Each colour of a drawing, on a light page and on a dark one. */
const palette = {
  card: ['#ffffff', '#0d1117'],
  border: ['#d8dee4', '#30363d'],
  ink: ['#1f2328', '#e6edf3'],
  muted: ['#656d76', '#8d96a0'],
  grid: ['#eef1f4', '#1b222b'],
  error: ['#cf222e', '#ff7b72'],
  cut: ['#8250df', '#d2a8ff'],

  'code-ground': ['#f6f8fa', '#161b22'],
  operator: ['#8250df', '#d2a8ff'],
  string: ['#0a6640', '#7ee2a8'],
  number: ['#0550ae', '#79c0ff'],
  keyword: ['#cf222e', '#ff7b72'],

  // Marbles and their edges: one pair is taken for each letter.
  'marble-0': ['#cfe8ff', '#14395c'],
  'marble-1': ['#ffe2b8', '#53350a'],
  'marble-2': ['#d3f2d3', '#15421f'],
  'marble-3': ['#f3d9ff', '#3f2359'],
  'marble-4': ['#e8efc6', '#363d12'],
  'marble-5': ['#d0f3f1', '#0e4442'],
  'edge-0': ['#2f7dc8', '#58a6ff'],
  'edge-1': ['#c27a10', '#e3a03c'],
  'edge-2': ['#2f8f46', '#56d364'],
  'edge-3': ['#9a4fc7', '#cf9bff'],
  'edge-4': ['#7d8f1e', '#bccf5a'],
  'edge-5': ['#178a86', '#4fd1cb'],

  // States, by how good they are, and the words in them.
  good: ['#d3f2d3', '#15421f'],
  busy: ['#cfe8ff', '#14395c'],
  careful: ['#fff0c2', '#4d3a05'],
  bad: ['#ffd6dc', '#5a1f2b'],
  quiet: ['#e7ebef', '#262c34'],
  'good-ink': ['#1a5c2d', '#8be79a'],
  'busy-ink': ['#0f4a82', '#9ecbff'],
  'careful-ink': ['#7a4d00', '#f5d271'],
  'bad-ink': ['#8f1d33', '#ffb3bf'],
  'quiet-ink': ['#4a525a', '#aab4be'],
} as const;

type ColourName = keyof typeof palette;

/** How a state is to be seen at a glance. */
export type Mood = 'good' | 'busy' | 'careful' | 'bad' | 'quiet';

/** A colour as an attribute wants it: a variable, because only the reader's page says whether it is light or dark. */
export function colour(name: ColourName): string {
  return `var(--${name})`;
}

/** The fill and the edge of a marble, or of anything else that is told apart by its number. */
export function marbleColours(index: number): readonly [fill: string, edge: string] {
  const turn = (index % 6) as 0 | 1 | 2 | 3 | 4 | 5;
  return [colour(`marble-${turn}`), colour(`edge-${turn}`)];
}

/** The style that gives the colours of a drawing their values: light, unless the reader prefers dark. */
export function styleOfColours(content: string): string {
  const used = Object.entries(palette).filter(([name]) => content.includes(`var(--${name})`));
  const valued = (scheme: 0 | 1) =>
    `svg { ${used.map(([name, values]) => `--${name}: ${values[scheme]}`).join('; ')} }`;
  return `${valued(0)}\n@media (prefers-color-scheme: dark) { ${valued(1)} }\n`;
}

/** The values of all colours, for a page that says itself whether it is dark. */
export function allColours(scheme: 'light' | 'dark'): string {
  const index = scheme === 'light' ? 0 : 1;
  return Object.entries(palette)
    .map(([name, values]) => `--${name}: ${values[index]}`)
    .join('; ');
}

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
