import { writeFileSync } from 'node:fs';
import { simulate } from '../simulate';
import type { Progress, SimulateConfig } from '../simulate-config';
import { usage, wishOf } from './arguments';
import { loadScenario } from './load-scenario';

/** Where the command writes to: `process.stdout` and `process.stderr`. */
export interface Output {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** The command `rxjs-resilience-lab`. Returns its exit code. */
export async function runLab(given: readonly string[], { stdout, stderr }: Output): Promise<number> {
  try {
    const wish = wishOf(given);
    if (wish === undefined) {
      stdout.write(`${usage}\n`);
      return 0;
    }
    const { scenario, compare, out, isJson, seed } = wish;
    const own = seed === undefined ? {} : { seed };
    const report = await simulated({ ...(await loadScenario(scenario)), ...own }, stderr);
    const other =
      compare === undefined ? undefined : await simulated({ ...(await loadScenario(compare)), ...own }, stderr);
    stdout.write(
      `${isJson ? JSON.stringify(other === undefined ? report : [report, other]) : report.toTable(other)}\n`,
    );
    writeFileSync(out, report.toHtml(other));
    stderr.write(`plots: ${out}\n`);
    return 0;
  } catch (error) {
    stderr.write(`rxjs-resilience-lab: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function simulated(config: SimulateConfig, stderr: Output['stderr']) {
  const { name = 'simulation' } = config;
  const begun = performance.now();
  let told = 0;
  const onProgress = (progress: Progress) => {
    config.onProgress?.(progress);
    const now = performance.now();
    if (stderr.isTTY === true || now - told > 1_000) {
      told = now;
      stderr.write(lineOf(name, progress) + (stderr.isTTY === true ? '\r' : '\n'));
    }
  };
  const report = await simulate({ ...config, onProgress });
  stderr.write(
    `${name}: ${report.calls} calls in ${((performance.now() - begun) / 1_000).toFixed(1)} s of real time\n`,
  );
  return report;
}

function lineOf(name: string, { now, duration, calls, open }: Progress): string {
  return `${name}: ${Math.min(100, Math.round((100 * now) / duration))} %, ${calls} calls, ${open} open`.padEnd(70);
}
