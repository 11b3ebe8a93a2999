import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { lastValueFrom, tap } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runBatch, runSavedBatch } from '../../examples/batch';
import { newAsker } from '../../examples/promises';
import type { Fault } from '../../examples/provider/faults';
import { answerTo } from '../../examples/provider/prompts';
import { type EmbeddedProvider, startProvider } from '../../examples/provider/start';

let provider: EmbeddedProvider;
let openai: OpenAI;

beforeAll(async () => {
  provider = await startProvider({ ttft: 5, tps: 1_000 });
  openai = new OpenAI({ baseURL: provider.baseURL, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => provider.stop());
beforeEach(async () => {
  await quiet();
  failFirst();
});

/** What was sent before it was stopped may still be on its way to the server, which is in this process. */
async function quiet(): Promise<void> {
  let before: number;
  do {
    before = provider.gateway.requests;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (provider.gateway.requests > before);
}

/** The faults of the next requests; from then on nothing goes wrong. */
function failFirst(...faults: readonly Fault[]): void {
  const left = [...faults];
  provider.gateway.troubles = { faultOf: () => left.shift() };
  provider.gateway.reset();
}

describe('batch', () => {
  it('answers every prompt, also those that fail at first, and tells how it goes', async () => {
    failFirst({ kind: 'refuse', status: 500 }, { kind: 'refuse', status: 500 });
    const prompts = Array.from({ length: 200 }, (_, index) => `Say something about the number ${index}.`);
    const steps: number[] = [];
    const batch = runBatch(openai, 'demo', prompts).pipe(tap(({ answers }) => steps.push(answers.size)));
    const { answers, errors } = await lastValueFrom(batch);
    expect(steps.length).toBeGreaterThan(2);
    expect(provider.gateway.requests).toBe(202);
    expect(prompts.filter((prompt) => answers.get(prompt) !== answerTo(prompt))).toEqual([]);
    expect(errors.size).toBe(0);
  });
});

describe('a batch with a budget', () => {
  const prompts = Array.from({ length: 120 }, (_, index) => `Say something about the number ${index}.`);
  const price = { input: 5, output: 25 };

  it('stops when its dollars are spent, goes on after a restart, and pays for each answer once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'batch-'));
    const file = join(folder, 'state.json');
    const run = (dollars: number) => lastValueFrom(runSavedBatch(openai, 'demo', prompts, { dollars, file, price }));
    const stateOf = () => JSON.parse(readFileSync(file, 'utf8')) as { answers: [string, string][] };
    try {
      const first = await run(0.1);
      expect(first.answers.size).toBeGreaterThan(20);
      expect(first.answers.size).toBeLessThan(prompts.length);
      expect([first.left >= 0, first.left < 0.0051, first.errors.size]).toEqual([true, true, 0]);
      expect(provider.gateway.requests).toBe(first.answers.size);
      expect(new Map(stateOf().answers)).toEqual(first.answers);

      const again = await run(0.1);
      expect([again.answers.size, provider.gateway.requests]).toEqual([first.answers.size, first.answers.size]);

      const rest = await run(1);
      expect(prompts.filter((prompt) => rest.answers.get(prompt) !== answerTo(prompt))).toEqual([]);
      expect(provider.gateway.requests).toBe(prompts.length);
      expect(rest.left).toBeLessThan(1 - (0.1 - first.left));
      writeFileSync(file, '{');
      await expect(run(1)).rejects.toThrow(SyntaxError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps what it has when it is interrupted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'batch-'));
    const file = join(folder, 'state.json');
    try {
      await new Promise<void>((resolve) => {
        const running = runSavedBatch(openai, 'demo', prompts, { dollars: 1, file, price }).subscribe(({ answers }) => {
          if (answers.size > 10) {
            queueMicrotask(() => {
              running.unsubscribe();
              resolve();
            });
          }
        });
      });
      const { answers } = JSON.parse(readFileSync(file, 'utf8'));
      expect(answers.length).toBeGreaterThan(10);
      const rest = await lastValueFrom(runSavedBatch(openai, 'demo', prompts, { dollars: 1, file, price }));
      expect(rest.answers.size).toBe(prompts.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('promises', () => {
  it('gives whole answers, after a failure as well, and rejects with the reason of an aborted signal', async () => {
    failFirst({ kind: 'refuse', status: 500 });
    const { whole, joined } = newAsker(openai, 'demo');
    expect(await whole('What is a lease?')).toBe(answerTo('What is a lease?'));
    expect(await joined('What is a lease?')).toBe(answerTo('What is a lease?'));
    expect(provider.gateway.requests).toBe(3);
    await expect(whole('What is a lease?', AbortSignal.abort('changed my mind'))).rejects.toBe('changed my mind');
  });

  it('iterates over an answer, and leaving the loop stops the request', async () => {
    failFirst({ kind: 'stall', after: 10 });
    const { pieces } = newAsker(openai, 'demo');
    let text = '';
    for await (const piece of pieces('What is a quorum?')) {
      text += piece;
      if (text.length === 40) {
        expect(provider.gateway.open).toBe(1);
        break;
      }
    }
    expect(answerTo('What is a quorum?').startsWith(text)).toBe(true);
    await vi.waitFor(() => expect(provider.gateway.open).toBe(0));
  });
});
