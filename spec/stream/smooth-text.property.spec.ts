import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { smoothText } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';
import { fc, runs } from '../support/property';

type By = 'word' | 'line' | 'grapheme';

const letters = fc.constantFrom('a', 'B', 'é', 'e\u0301', 'ß', '1', '2', '_', ' ', '  ', '\n', '\r\n', '\r', '\t', '.', ',', ':', "'", '’', '"', '-', '!', '…', '\u200d', '\u0301', '👨', '👩', '👨‍👩‍👧', '🇩', '🇪', '🇫🇷', 'ש', '״', 'カ', 'ー', '한', '글', '\ud83d', '\ude00', '·', ';', '/', '@', '（', '|', '#', '*');
const piece = fc.oneof(fc.array(letters, { maxLength: 6 }).map((each) => each.join('')), fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !dictionary.test(text)));
/** Where such scripts are divided depends on all that follows. */
const dictionary = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}\p{Script=Ahom}]/u;
const by = fc.constantFrom<By>('word', 'line', 'grapheme');
const traces = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), piece), { maxLength: 30 });

/** What comes out, and when, of a text that ends so many ms after its last piece. */
function smoothed(config: { by: By; interval: number; maxLag: number }, pieces: readonly (readonly [number, string])[], end: 'complete' | 'error') {
  const scheduler = new VirtualScheduler();
  const source = new Subject<string>();
  const out: { at: number; text: string }[] = [];
  let ended: string | undefined;
  source.pipe(smoothText({ ...config, scheduler })).subscribe({
    next: (text) => out.push({ at: scheduler.now(), text }),
    complete: () => { ended = 'complete'; },
    error: () => { ended = 'error'; },
  });
  const came: { at: number; end: number }[] = [];
  let text = '';
  for (const [gap, each] of pieces) {
    scheduler.flush(scheduler.now() + gap);
    text += each;
    came.push({ at: scheduler.now(), end: text.length });
    source.next(each);
  }
  const beforeEnd = out.length;
  end === 'complete' ? source.complete() : source.error('cut');
  scheduler.flush();
  return { text, came, out, beforeEnd, ended };
}

describe('smoothText, whatever comes when', () => {
  it('U3: neither loses nor reorders anything, and everything is out before the end', () => {
    fc.assert(
      fc.property(by, traces, fc.integer({ min: 1, max: 50 }), fc.constantFrom(0, 5, 100, Infinity), fc.constantFrom('complete', 'error'), (unit, pieces, interval, maxLag, end) => {
        const { text, out, ended, beforeEnd } = smoothed({ by: unit, interval, maxLag }, pieces, end);
        expect(out.map((each) => each.text).join('')).toBe(text);
        expect(ended).toBe(end);
        expect(out.length).toBeLessThanOrEqual(beforeEnd + 1);
        expect(out.every((each) => each.text !== '')).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });

  it('U3: never splits what it is told to keep whole, as long as nothing has to wait too long for that', () => {
    fc.assert(
      fc.property(by, traces, fc.integer({ min: 1, max: 50 }), (unit, pieces, interval) => {
        const { text, out } = smoothed({ by: unit, interval, maxLag: Infinity }, pieces, 'complete');
        const whole = unit === 'line'
          ? [...text.matchAll(/\n/g)].map(({ index }) => index + 1)
          : [...new Intl.Segmenter(undefined, { granularity: unit }).segment(text)].map(({ index }) => index);
        let at = 0;
        for (const each of out.slice(0, -1)) {
          at += each.text.length;
          expect(whole).toContain(at);
        }
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('U3: holds nothing back for longer than maxLag, and keeps its pace otherwise', () => {
    fc.assert(
      fc.property(by, traces, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 300 }), (unit, pieces, interval, maxLag) => {
        const { came, out, beforeEnd } = smoothed({ by: unit, interval, maxLag }, pieces, 'complete');
        let sent = 0;
        for (const { at, text } of out) {
          sent += text.length;
          const late = came.find(({ end, at: then }) => end > sent && then + maxLag < at);
          expect(late).toBeUndefined();
        }
        for (const [index, { at }] of out.slice(1, beforeEnd).entries()) {
          const isInTurn = at - out[index]!.at >= interval;
          const isDue = came.some(({ at: then }) => then + maxLag === at);
          expect(isInTurn || isDue).toBe(true);
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
