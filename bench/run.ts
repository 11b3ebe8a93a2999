import { RedisServer } from '../spec/redis/support/redis-server';
import { type Effort, type Figures, type Job, jobs, type OnceCase, quick, type TurnCase, thorough } from './job';
import { besideFloor, isTurnCase, medians } from './measure';
import { CaseProcess } from './processes';
import { writeResults } from './results';
import { type Row, shown, tableOf } from './tables';
import { verdicts } from './targets';

/** One case of one of the builds that are compared. */
interface Entry<Case> {
  readonly found: Case;
  readonly name: string;
  readonly library: string;
}

/** As sizes.mjs measures it. */
interface Bundle {
  readonly name: string;
  readonly min: number;
  readonly gzip: number;
  readonly most?: number;
}

/** What `npm run bench` does; `beside` is another build. */
export async function run(words: readonly string[], library: string, beside: string | undefined): Promise<void> {
  const begun = performance.now();
  process.env.BENCH_LIBRARY = library;
  const names = [...Object.keys(jobs), 'sizes'];
  const asked = words.filter((word) => !word.startsWith('--'));
  const unknown = asked.find((word) => !names.includes(word));
  if (unknown !== undefined) {
    throw new Error(`There is no job ${unknown}; there are ${names.join(', ')}`);
  }
  const effort = words.includes('--quick') ? quick : thorough;
  const only = words.find((word) => word.startsWith('--only='))?.slice('--only='.length) ?? '';
  const results: Record<string, Record<string, Figures>> = {};
  for (const name of names.filter((each) => asked.length === 0 || asked.includes(each))) {
    const { rows, columns } = await measured(name, effort, only, [library, beside]);
    results[name] = Object.fromEntries(rows.map((row) => [row.name, row.figures]));
    const table = tableOf(rows, columns);
    console.log(`\n${table}\n`);
    if (words.includes('--write')) {
      writeResults(name, table, verdicts({ [name]: results[name]! }, shown));
    }
  }
  console.log(
    verdicts(results, shown)
      .map((row) => row.filter((cell) => cell !== '').join(' | '))
      .join('\n'),
  );
  console.log(`\n${Math.round((performance.now() - begun) / 1_000)} s`);
}

type Builds = readonly [library: string, beside: string | undefined];

async function measured(name: string, effort: Effort, only: string, builds: Builds) {
  if (name === 'sizes') {
    return sizes();
  }
  const server = name === 'redis' ? await RedisServer.startOwn() : undefined;
  process.env.BENCH_REDIS = server?.url ?? '';
  try {
    const { job } = await jobs[name]!();
    const figures = await figuresOf(name, job, effort, only, builds);
    const rows = job.cases.flatMap(({ name: one, kind }): Row[] =>
      [one, besideOf(one)].flatMap((each) =>
        figures.has(each) ? [{ name: each, kind, figures: figures.get(each)! }] : [],
      ),
    );
    return { rows, columns: [...job.columns, 'toBeside'] };
  } finally {
    await server?.stop();
  }
}

async function figuresOf(name: string, job: Job, effort: Effort, only: string, builds: Builds) {
  const turnCases = job.cases.filter(isTurnCase);
  const floorOf = ({ floor }: TurnCase) => floor ?? turnCases[0]!.name;
  const chosen = job.cases.filter((each) => each.name.includes(only));
  const floors = [turnCases[0]?.name, ...chosen.filter(isTurnCase).map(floorOf)]; // a floor has one, too
  const inTurns = entries(
    turnCases.filter((each) => chosen.includes(each) || floors.includes(each.name)),
    builds,
  );
  const once = entries(
    chosen.filter((each): each is OnceCase => !isTurnCase(each)),
    builds,
  );
  const rounds = new Map([...inTurns, ...once].map((entry) => [entry.name, [] as Figures[]]));
  for (let round = 1; round <= effort.rounds; round += 1) {
    console.log(`- ${name}: round ${round} of ${effort.rounds}, ${inTurns.length + once.length} cases`);
    const turns = await roundOf(name, inTurns, effort);
    for (const { name: own, found } of inTurns) {
      const floor = turns.get(floorOf(found))!;
      const [each, other] = [turns.get(own)!, turns.get(besideOf(own))];
      const toBeside = other === undefined ? {} : { toBeside: besideFloor(each.turns, other.turns, job.clock).ratio! };
      rounds.get(own)!.push({ ...each.first, ...besideFloor(each.turns, floor.turns, job.clock), ...toBeside });
    }
    for (const { name: own, found, library } of once.filter(
      (each) => !each.found.isHuge || round === thorough.rounds,
    )) {
      console.log(`  ${own}`);
      const figures = await new CaseProcess({ job: name, name: found.name, effort }, library).next();
      rounds.get(own)!.push(figures);
    }
  }
  const found = [...rounds].map(([own, all]) => [own, all.filter((each) => Object.keys(each).length > 0)] as const);
  return new Map(found.filter(([, all]) => all.length > 0).map(([own, all]) => [own, medians(all)]));
}

/** All processes stand ready at once and take turns, so that a machine that changes its speed does so for all. */
async function roundOf(job: string, cases: readonly Entry<TurnCase>[], effort: Effort) {
  const standing: {
    readonly name: string;
    readonly process: CaseProcess;
    readonly first: Figures;
    readonly turns: Figures[];
  }[] = [];
  for (const { name, found, library } of cases) {
    const process = new CaseProcess({ job, name: found.name, effort }, library);
    standing.push({ name, process, first: await process.next(), turns: [] });
  }
  for (let turn = 1; turn <= effort.turns; turn += 1) {
    for (const { process, turns } of standing) {
      turns.push(await process.turn());
    }
  }
  for (const { process } of standing) {
    process.end();
  }
  return new Map(standing.map((each) => [each.name, each]));
}

function entries<Case extends TurnCase | OnceCase>(cases: readonly Case[], [library, beside]: Builds): Entry<Case>[] {
  return cases.flatMap((found) => [
    { found, name: found.name, library },
    ...(beside === undefined || found.kind !== 'ours' ? [] : [{ found, name: besideOf(found.name), library: beside }]),
  ]);
}

function besideOf(name: string): string {
  return `${name} (beside)`;
}

async function sizes(): Promise<{ rows: Row[]; columns: string[] }> {
  console.log('- sizes');
  const { allSizes }: { allSizes: () => Promise<Bundle[]> } = await import(
    new URL('../../sizes.mjs', import.meta.url).href
  );
  const rows = (await allSizes()).map(({ name, most, min, gzip }) => ({
    name,
    kind: most === undefined ? ('peer' as const) : ('ours' as const),
    figures: { min, gzip, ...(most === undefined ? {} : { limit: most }) },
  }));
  return { rows, columns: ['min', 'gzip', 'limit'] };
}
