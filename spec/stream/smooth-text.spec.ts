import { concat, EMPTY, Observable, of, retry, type SchedulerLike, Subject, take } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { smoothText } from '../../src/index';
import { FakeScheduler } from '../support/fake-scheduler';
import { run } from '../support/run';

/** In diagrams, what stands for which text. */
const values = { h: 'Hello', w: ' world', '!': '!', a: 'One', b: ' two', c: ' three', t: 'One two three', s: 'One two three ', f: ' four', r: 'lo wo', x: 'Hel', y: 'lo ', z: ' wo', '1': 'one\n', '2': 'two\n' };

/** What comes out of pieces that come at these times, with the time of each. */
function smoothed(config: object, pieces: readonly (readonly [number, string])[], end = 100_000): [number, string][] {
  const seen: [number, string][] = [];
  const scheduler = new FakeScheduler();
  const text = new Subject<string>();
  text.pipe(smoothText({ ...config, scheduler })).subscribe((piece) => seen.push([scheduler.now(), piece]));
  for (const [at, piece] of pieces) {
    scheduler.run(at - scheduler.now());
    text.next(piece);
  }
  scheduler.run(end - scheduler.now());
  text.complete();
  return seen;
}

describe('smoothText', () => {
  it('U3: shows word by word, each with the space before it, half a word when it has waited long enough', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const text = cold('    t--------------', values);
      const expected = '     a--b-----c-----';
      const unsubscribe = '  --------------!';

      expectObservable(text.pipe(smoothText({ interval: 3, maxLag: 9 })), unsubscribe).toBe(expected, values);
      expectSubscriptions(text.subscriptions).toBe(unsubscribe.replace(/-/, '^'));
    });
  });

  it('U3: a word that comes in parts is shown when it is complete', () => {
    run(({ cold, expectObservable }) => {
      const text = cold('    x--y---|', values);
      const expected = '     ---h---(e|)';

      expectObservable(text.pipe(smoothText({ interval: 3 }))).toBe(expected, { ...values, e: ' ' });
    });
  });

  it('U3: defaults to a word each 20 ms, and 500 ms for half a word', () => {
    expect(smoothed({}, [[0, 'One two three']])).toEqual([[0, 'One'], [20, ' two'], [500, ' three']]);
  });

  it('U3: flushes at completion, and before an error', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('t-|', values).pipe(smoothText())).toBe('a-(r|)', { ...values, r: ' two three' });
      const cut = new Error('cut');
      expectObservable(cold('t-#', values, cut).pipe(smoothText())).toBe('a-(r#)', { ...values, r: ' two three' }, cut);
    });
  });

  it('U3: goes faster when more is waiting, evenly, so that nothing is late', () => {
    const words = Array.from({ length: 100 }, (_, n) => `w${n} `).join('');
    const seen = smoothed({ interval: 20, maxLag: 100 }, [[0, words]]);
    expect(seen.map(([at]) => at)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(seen.map(([, text]) => text.trim().split(' ').length)).toEqual([17, 17, 17, 17, 16, 16]);
    expect(seen.map(([, text]) => text).join('')).toBe(words);
  });

  it('U3: shows what would be late between two turns', () => {
    expect(smoothed({ interval: 100, maxLag: 30 }, [[0, 'One two '], [50, 'three '], [200, 'four ']])).toEqual([
      [0, 'One two'], [30, ' '], [80, 'three '], [200, 'four'], [230, ' '],
    ]);
  });

  it('U3: passes everything on at once with maxLag 0, and waits for good with Infinity', () => {
    expect(smoothed({ maxLag: 0 }, [[0, 'One tw'], [1, 'o']])).toEqual([[0, 'One tw'], [1, 'o']]);
    expect(smoothed({ maxLag: Infinity }, [[0, 'One tw'], [5_000, 'o'], [9_000, ' ']], 20_000)).toEqual([[0, 'One'], [9_000, ' two'], [20_000, ' ']]);
    const many = smoothed({ maxLag: Infinity }, [[0, 'a '.repeat(1_000)]]);
    expect(many.length).toBe(1_001);
    expect(many.at(-2)).toEqual([999 * 20, ' a']);
  });

  it('U3: shows whole lines, or one character at a time', () => {
    expect(smoothed({ by: 'line' }, [[0, 'one\ntwo\r\nthr'], [10, 'ee'], [30, '\n']])).toEqual([[0, 'one\n'], [20, 'two\r\n'], [40, 'three\n']]);
    expect(smoothed({ by: 'line', maxLag: 100 }, [[0, 'one\nha'], [50, 'lf']])).toEqual([[0, 'one\n'], [100, 'half']]);
    const family = '👨‍👩‍👧';
    expect(smoothed({ by: 'grapheme' }, [[0, `ae\u0301${family}!`]], 90)).toEqual([[0, 'a'], [20, 'e\u0301'], [40, family], [90, '!']]);
    expect(smoothed({ by: 'grapheme' }, [[0, 'e'], [5, '\u0301'], [10, family.slice(0, 3)], [15, family.slice(3)], [20, '.']], 100)).toEqual([[10, 'e\u0301'], [30, family], [100, '.']]);
  });

  it.each([
    ["I can't, you can.", ['I', " can't,", ' you', ' can.']],
    ['It costs 3.14 or 1,000', ['It', ' costs', ' 3.14', ' or', ' 1,000']],
    ['"Hello," she said: foo_bar', ['"Hello,"', ' she', ' said:', ' foo_bar']],
    ['well-known', ['well-', 'known']],
    ['a\n\n  b', ['a', '\n\n  b']],
    ['😀 ok', ['😀', ' ok']],
    ['今日は天気がいい。', ['今日', 'は', '天気', 'が', 'いい。']],
  ])('U3: takes %s apart where the language does', (text, expected) => {
    expect(smoothed({ maxLag: Infinity }, [[0, `${text} .`]]).map(([, piece]) => piece).slice(0, expected.length)).toEqual(expected);
  });

  it.each([
    ['Chinese', '今天天气很好我们一起去公园散步吧，研究生命起源的科学家都在发展中国家庭教育这个领域里工作。'],
    ['Japanese', '何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。東京都に住んでいる外国人参政権について'],
    ['Thai', 'ปัญญาประดิษฐ์คือความฉลาดเทียมที่สร้างขึ้นให้กับสิ่งที่ไม่มีชีวิต และวิศวกรรมเป็นหลัก'],
    ['Khmer', 'បញ្ញាសិប្បនិម្មិតគឺជាបច្ចេកវិទ្យាដែលអាចឱ្យកុំព្យូទ័រនិងម៉ាស៊ីនត្រាប់តាមភាពវៃឆ្លាតរបស់មនុស្ស'],
    ['Lao', 'ປັນຍາປະດິດແມ່ນຄວາມສະຫຼາດຂອງເຄື່ອງຈັກທີ່ສາມາດຮຽນຮູ້ແລະແກ້ໄຂບັນຫາໄດ້ຄືກັບມະນຸດ'],
  ])('U3: splits no word of %s, which has no spaces between words, wherever its pieces begin', (_, text) => {
    const whole = new Set([...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)].map(({ index }) => index));
    for (const length of [1, 2, 3, 5]) {
      const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, n) => [n * 30, text.slice(n * length, (n + 1) * length)] as const);
      const shown = smoothed({ interval: 1, maxLag: Infinity }, pieces).map(([, piece]) => piece);
      expect(shown.join('')).toBe(text);
      expect(shown.length).toBeGreaterThan(3);
      let at = 0;
      for (const piece of shown.slice(0, -1)) {
        at += piece.length;
        expect(whole).toContain(at);
      }
    }
  });

  it('U3: shows words without spaces between them one by one when they come slowly, none later than maxLag', () => {
    const pieces = ['今天', '天气', '很', '好', '我们'].map((piece, n) => [n * 400, piece] as const);
    expect(smoothed({}, pieces, 1_700)).toEqual([[500, '今天'], [900, '天气'], [1_300, '很好'], [1_700, '我们']]);
  });

  it('sends a word at once after a silence, and holds no timer meanwhile', () => {
    const scheduler = new FakeScheduler();
    const text = new Subject<string>();
    const seen: string[] = [];
    const subscription = text.pipe(smoothText({ scheduler })).subscribe((piece) => seen.push(piece));
    expect(scheduler.pending).toBe(0);
    text.next('One ');
    expect([seen, scheduler.pending]).toEqual([['One'], 1]); // for the space
    scheduler.run();
    expect([seen, scheduler.pending]).toEqual([['One', ' '], 0]);
    scheduler.run(20);
    text.next('two ');
    expect(seen).toEqual(['One', ' ', 'two']);
    subscription.unsubscribe();
    expect(scheduler.pending).toBe(0);

    const ended = new Subject<string>();
    ended.pipe(smoothText({ scheduler })).subscribe();
    ended.next('One two three');
    ended.complete();
    expect(scheduler.pending).toBe(0);
  });

  it('mirrors never and empty, and errors before any value', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold<string>('-----').pipe(smoothText())).toBe('-----');
      expectObservable(cold<string>('--|').pipe(smoothText())).toBe('--|');
      expectObservable(EMPTY.pipe(smoothText())).toBe('|');
      expectObservable(cold<string>('--#').pipe(smoothText())).toBe('--#');
      expectObservable(cold('--e-|', { e: '' }).pipe(smoothText())).toBe('----|');
    });
  });

  it('sends nothing after unsubscribe, and leaves the source at once', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const text = cold('    t--------', values);
      const unsubscribe = '  ----!    ';
      const expected = '     a--b-----';

      expectObservable(text.pipe(smoothText({ interval: 3 })), unsubscribe).toBe(expected, values);
      expectSubscriptions(text.subscriptions).toBe('^---!');
    });
  });

  it('C1: two subscribers of one instance have texts of their own', () => {
    run(({ cold, expectObservable }) => {
      const smooth = smoothText({ interval: 3 });
      const text = cold('          t------|', values).pipe(smooth);
      expectObservable(text).toBe('a--b---(c|)', values);
      expectObservable(text, '     -^').toBe('-a--b---(c|)', values);
    });
  });

  it('C2: refuses bad options, naming option and value', () => {
    expect(() => smoothText({ interval: 0 })).toThrow('smoothText: interval must be a finite number above 0, got 0');
    expect(() => smoothText({ interval: Infinity })).toThrow('smoothText: interval must be a finite number above 0, got Infinity');
    expect(() => smoothText({ maxLag: -1 })).toThrow('smoothText: maxLag must be a number of at least 0, or Infinity, got -1');
    expect(() => smoothText({ by: 'letter' as 'word' })).toThrow("smoothText: by must be one of 'word', 'line', 'grapheme', got \"letter\"");
    expect(() => smoothText({ scheduler: 5 as unknown as SchedulerLike })).toThrow(/scheduler .* got 5/);
    expect(() => smoothText({ delay: 5 } as object)).toThrow(/^smoothText: unknown option delay: 5/);
  });

  it('C2: says what it needs where Intl.Segmenter is missing, which lines do not need', () => {
    vi.stubGlobal('Intl', { ...Intl, Segmenter: undefined });
    try {
      expect(() => smoothText()).toThrow("smoothText: by: 'word' needs Intl.Segmenter, which this runtime lacks; use by: 'line'");
      expect(() => smoothText({ by: 'line' })).not.toThrow();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('a value that is no string is an error of that subscription, after what waits', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const text = cold<string>('t-n--', { ...values, n: 5 as unknown as string });
      expectObservable(text.pipe(smoothText())).toBe('a-(r#)', { ...values, r: ' two three' }, new TypeError('smoothText: values must be strings, got 5'));
      expectSubscriptions(text.subscriptions).toBe('^-!');
    });
  });

  it('C5: a synchronous source under take(1) is pulled once, not to its end', () => {
    const pulled: number[] = [];
    const source: Observable<string> = new Observable((subscriber) => {
      for (let n = 1; n <= 1_000 && !subscriber.closed; n += 1) {
        pulled.push(n);
        subscriber.next('word ');
      }
      subscriber.complete();
    });
    source.pipe(smoothText(), take(1)).subscribe();
    expect(pulled).toEqual([1]);
  });

  it.each([['words', 'word '], ['letters without an end', 'a'], ['Russian letters', 'я'], ['Arabic letters', 'ع'], ['accents', '\u0301'], ['spaces', ' '], ['lines', 'a\n']])('C6: takes a million %s at once', (_, piece) => {
    const seen: string[] = [];
    const by = piece === 'a\n' ? 'line' : 'word';
    const source: Observable<string> = new Observable((subscriber) => {
      for (let n = 0; n < 1_000_000; n += 1) subscriber.next(piece);
      subscriber.complete();
    });
    source.pipe(smoothText({ by, scheduler: new FakeScheduler() })).subscribe((text) => seen.push(text));
    expect(seen.length).toBeLessThanOrEqual(2);
    expect(seen.join('').length).toBe(1_000_000 * piece.length);
  });

  it('shows a million words that came at once within maxLag, in seconds', () => {
    const seen = smoothed({}, [[0, 'word '.repeat(200_000)]]);
    expect(seen.length).toBeLessThanOrEqual(27);
    expect(seen.at(-1)![0]).toBe(500);
  });

  it('C11: a consumer that subscribes again inside complete or error begins anew', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const text = cold('    t--|      ', values);
      const smooth = text.pipe(smoothText());
      expectObservable(concat(smooth, smooth), '----!').toBe('a--(ra)', { ...values, r: ' two three' });
      expectSubscriptions(text.subscriptions).toBe(['^--!', '---^!']);
    });
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const text = cold('    t--#      ', values);
      expectObservable(text.pipe(smoothText(), retry(1)), '----!').toBe('a--(ra)', { ...values, r: ' two three' });
      expectSubscriptions(text.subscriptions).toBe(['^--!', '---^!']);
    });
  });

  it('keeps in order what a consumer pushes while it receives, and stops when it leaves', () => {
    const scheduler = new FakeScheduler();
    const text = new Subject<string>();
    const seen: string[] = [];
    const subscription = text.pipe(smoothText({ scheduler })).subscribe((piece) => {
      seen.push(piece);
      if (piece === 'One') {
        text.next('three ');
      } else if (piece === ' three') {
        subscription.unsubscribe();
      }
    });
    text.next('One two ');
    scheduler.run();
    expect(seen).toEqual(['One', ' two', ' three']);
    expect(scheduler.pending).toBe(0);
  });

  it('holds no timer once a consumer has left while it received', () => {
    const scheduler = new FakeScheduler();
    const text = new Subject<string>();
    text.pipe(smoothText({ scheduler }), take(1)).subscribe();
    text.next('One two three');
    expect([text.observed, scheduler.pending]).toEqual([false, 0]);
  });

  it('shows words that are longer than what is looked at in one go', () => {
    const [long, longer] = ['a'.repeat(199), 'b'.repeat(5_000)];
    expect(smoothed({}, [[0, `${long} ${longer} c`]])).toEqual([[0, long], [20, ` ${longer}`], [500, ' c']]);
  });

  it('infers its types in a pipe', () => {
    expectTypeOf(of('a').pipe(smoothText())).toEqualTypeOf<Observable<string>>();
  });
});
