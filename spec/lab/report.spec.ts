import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { perMinute, ResilientClient } from '../../src/index';
import { poisson, type Report, simulate } from '../../src/lab';
import { loadScenario } from '../../src/lab/cli/load-scenario';
import { runLab } from '../../src/lab/cli/run-lab';

const folder = mkdtempSync(join(tmpdir(), 'lab-'));
afterAll(() => rmSync(folder, { recursive: true }));

const report = (name: string, perSecond = 2): Promise<Report> =>
  simulate({
    name,
    duration: 60_000,
    arrivals: poisson(perSecond),
    request: (_random, n) => ({ input: 100, output: 50, key: `user ${n % 2}` }),
    provider: { faults: { serverError: 0.3 } },
    client: (scheduler) => new ResilientClient({ rateLimit: { limits: perMinute(60), maxWait: 20_000 }, scheduler }),
    price: { input: 1_000, output: 1_000 },
  });

describe('Report', () => {
  it('X2: is a table, aligned', async () => {
    const table = (await report('a day')).toTable();
    const lines = table.split('\n');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    for (const label of ['calls', 'refused: wait-too-long', 'failed: transient', 'wait p50 / p95 / p99', 'tokens wasted', 'cost', 'tenant user 1']) {
      expect(table).toContain(label);
    }
    expect(table).toMatch(/used of limiter\.requests: 60 in 60 s +\d/);
    expect(table).toMatch(/the guard that binds +limiter\.requests: 60 in 60 s, \d+ calls$/);
  });

  it('X2: stands beside another one, which may have other lines', async () => {
    const quiet = await report('quiet', 0.2);
    const table = (await report('a day')).toTable(quiet);
    expect(table.split('\n')[0]).toMatch(/ +a day +quiet$/);
    expect(table).toMatch(/refused: wait-too-long +\d+ +-/);
    expect(table).toMatch(/the guard that binds .* none$/);
  });

  it('X2: is plain JSON, the same as its fields', async () => {
    const one = await report('a day');
    expect(JSON.parse(JSON.stringify(one))).toEqual(one.toJSON());
    expect(Object.keys(one)).not.toContain('toHtml');
  });

  it('X2: is a page in one file, without any network', async () => {
    const page = (await report('<b>"&')).toHtml(await report('other'));
    expect(page).toContain('<title>&lt;b>&quot;&amp; and other</title>');
    expect(page).not.toContain('<b>');
    expect(page).toContain('uPlot');
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page).toContain("default-src 'none'");
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)![1]!);
    expect(data.map(({ name }: { name: string }) => name)).toEqual(['<b>"&', 'other']);
    expect(data[0].series.time).toHaveLength(data[0].series.calls.length);
  });

  it('shows times in units that one reads', async () => {
    const slow = await simulate({
      duration: 86_400_000,
      arrivals: poisson(0.01),
      request: () => ({ input: 1, output: 1 }),
      provider: { latency: (random) => (random() < 0.3 ? 50 : random() < 0.5 ? 5_000 : 4_000_000), tokensPerSecond: 1_000 },
      client: (scheduler) => new ResilientClient({ scheduler }),
    });
    expect(slow.toTable()).toMatch(/first token p50 .* 5\.0 s \/ 66\.\d min/);
    expect(slow.toTable()).toMatch(/all had ended after +\d\d\.\d h/);
  });
});

/** A scenario in a file of its own. */
function scenario(name: string, code: string): string {
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
}

const plain = (perSecond: number) => `
import { of } from ${JSON.stringify(resolve('node_modules/rxjs/dist/cjs/index.js'))};
const arrivals = { start: () => { let at = 0; return () => (at += ${1_000 / perSecond}); } };
export default {
  duration: 10_000, arrivals,
  request: () => ({ input: 1, output: 1 }),
  client: () => ({ call: (open) => open(undefined, {}) }),
  onProgress: () => {},
};`;

/** Runs the command, and keeps what it writes. */
async function ran(...given: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const code = await runLab(given, {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text), isTTY: given.includes('--json') },
  });
  return { code, ...written };
}

describe('rxjs-resilience-lab', () => {
  it('X3: prints the table, tells its progress on stderr, and writes the page', async () => {
    const page = join(folder, 'page.html');
    const { code, out, err } = await ran(scenario('day.mjs', plain(2)), '--out', page);
    expect(code).toBe(0);
    expect(out).toMatch(/^ +day\ncalls +19\n/);
    const busy = await ran(scenario('busy.mjs', plain(1_000)), '--out', page);
    expect(busy.err).toMatch(/busy: \d+ %, \d+ calls, \d+ open/);
    expect(err).toMatch(/day: 19 calls in \d+\.\d s of real time/);
    expect(readFileSync(page, 'utf8')).toContain('<title>busy</title>');
  });

  it('X3: sets two side by side', async () => {
    const files = [scenario('day.mjs', plain(2)), scenario('night.mjs', plain(1))];
    const page = join(folder, 'both.html');
    const { out } = await ran(files[0]!, '--compare', files[1]!, '--out', page, '--seed', '5');
    expect(out).toMatch(/^ +day +night\ncalls +19 +9\n/);
    expect(readFileSync(page, 'utf8')).toContain('<title>day and night</title>');
    const json = await ran(files[0]!, '--compare', files[1]!, '--out', page, '--json');
    expect(JSON.parse(json.out)).toMatchObject([{ name: 'day', calls: 19 }, { name: 'night', calls: 9 }]);
    const one = await ran(files[0]!, '--out', page, '--json', '--seed', '5');
    expect(JSON.parse(one.out)).toMatchObject({ seed: 5 });
  });

  it('X3: loads TypeScript through tsx, and says so where that is not installed', async () => {
    const file = scenario('typed.ts', `interface Typed { readonly duration: number }\nconst config: Typed = { duration: 1_000 };\nexport default config;`);
    await expect(loadScenario(file)).resolves.toMatchObject({ name: 'typed', duration: 1_000 });
    const load = () => Promise.reject(new Error('Cannot find package'));
    await expect(loadScenario(file, load)).rejects.toThrow('a scenario in TypeScript needs tsx: npm install --save-dev tsx');
  });

  it('X3: says what is wrong, with exit code 1', async () => {
    const empty = scenario('empty.mjs', 'export const config = {};');
    const wrong: [string[], string][] = [
      [[], 'one scenario must be given, got 0'],
      [['a.mjs', 'b.mjs'], 'one scenario must be given, got 2; a second one goes behind --compare'],
      [['a.mjs', '--fast'], 'unknown option --fast; known are --compare'],
      [['a.mjs', '--out'], '--out needs a value'],
      [['a.mjs', '--seed', 'x'], '--seed must be a whole number, got x'],
      [[empty], 'the default export must be what simulate() takes, got undefined'],
      [[join(folder, 'none.mjs')], 'rxjs-resilience-lab: '],
      [[scenario('thrown.mjs', 'throw "a word";')], 'rxjs-resilience-lab: a word'],
    ];
    for (const [given, message] of wrong) {
      const { code, out, err } = await ran(...given);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(message);
    }
    expect(existsSync('lab.html')).toBe(false);
  });

  it('X3: is a command', async () => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const usual = process.argv;
    process.argv = ['node', 'rxjs-resilience-lab', '--help'];
    await import('../../src/lab/cli/main');
    await Promise.resolve();
    process.argv = usual;
    spy.mockRestore();
    expect(written.join('')).toContain('rxjs-resilience-lab scenario.mjs');
    expect(process.exitCode ?? 0).toBe(0);
  });

  it('X3: explains itself', async () => {
    for (const word of ['--help', '-h']) {
      expect(await ran(word)).toMatchObject({ code: 0, out: expect.stringContaining('--compare') });
    }
  });
});
