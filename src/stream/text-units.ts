/**
 * What is shown at once and never in parts, see `smoothText`.
 *
 * @category Operators
 */
export type TextUnit = 'word' | 'line' | 'grapheme';

/** Finds the units of a text that is still being written. */
export interface TextUnits {
  /** Whether a unit may be complete once `more` follows the piece that came last, if none was before. */
  mayComplete(last: string, more: string): boolean;
  /** Where the units end that are complete whatever follows. With `isLate` those, too, that are likely to be complete. */
  endsIn(text: string, isLate?: boolean): number[];
}

/** @throws TypeError where the runtime has no `Intl.Segmenter`, which all but `line` need. */
export function textUnits(by: TextUnit): TextUnits {
  if (by === 'line') {
    return lines;
  }
  if (typeof Intl.Segmenter !== 'function') {
    throw new TypeError(`smoothText: by: '${by}' needs Intl.Segmenter, which this runtime lacks; use by: 'line'`);
  }
  const segmenter = new Intl.Segmenter(undefined, { granularity: by });
  return by === 'word' ? words(segmenter) : graphemes(segmenter);
}

const lines: TextUnits = {
  mayComplete: (_last, more) => more.includes('\n'),
  endsIn(text) {
    const ends: number[] = [];
    for (let end = text.indexOf('\n') + 1; end > 0; end = text.indexOf('\n', end) + 1) {
      ends.push(end);
    }
    return ends;
  },
};

function graphemes(segmenter: Intl.Segmenter): TextUnits {
  return {
    mayComplete: () => true,
    // An accent may follow the last one.
    endsIn: (text) => completeSegments(segmenter, text, () => 1).map(({ end }) => end),
  };
}

/** Scripts without spaces between words. A dictionary finds the words, and may divide them anew when more has come. */
const unspaced =
  /[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Mymr}\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Tale}\p{sc=Talu}\p{sc=Lana}\p{sc=Tavt}\p{sc=Ahom}]/u;
/** Within letters, digits and `_` no word ends. */
const wordly = new RegExp(`^(?:(?!${unspaced.source})[\\p{L}\\p{M}\\p{Nd}_])*$`, 'u');
const blanks = /^\s*$/;
const blank = /^\s/;

function words(segmenter: Intl.Segmenter): TextUnits {
  return {
    // Of what comes in many pieces, each would be looked through with all that waits.
    mayComplete: (last, more) => ![wordly, blanks].some((kind) => kind.test(more) && kind.test(last.slice(-1))),
    endsIn: (text, isLate) => endsOfWords(completeSegments(segmenter, text, isLate ? likelyHeldBack : heldBack)),
  };
}

/** A unit is a word with the space before it and the punctuation after it. */
function endsOfWords(complete: readonly Segment[]): number[] {
  const ends: number[] = [];
  let before = 0;
  let isAfterBlank = true;
  let hasWord = false;
  for (const { end, isBlank, isWord } of complete) {
    if ((isBlank && !isAfterBlank) || (isWord && hasWord)) {
      ends.push(before);
      hasWord = false;
    }
    hasWord ||= isWord;
    isAfterBlank = isBlank;
    before = end;
  }
  // Space waits for its word.
  return isAfterBlank ? ends : [...ends, before];
}

/** How many segments may still become a part of what follows the last of them. */
type Held = (segments: readonly Intl.SegmentData[]) => number;

/** The last one; and the one before, if a mark stands between it and a letter to come, as in `can't` and `3.14`. */
const likelyHeldBack: Held = (segments) => {
  const last = segments.at(-1)!;
  return last.isWordLike || blank.test(last.segment) ? 1 : 2;
};

/** So many words of these look ahead: a word with six after it has stayed as it is in all texts that were tried. */
const lookAhead = 6;

const heldBack: Held = (segments) => {
  const last = segments.slice(-lookAhead).reverse();
  const spaced = last.findIndex(({ segment }) => !unspaced.test(segment));
  return spaced === 0 ? likelyHeldBack(segments) : spaced < 0 ? last.length : spaced;
};

interface Segment {
  readonly end: number;
  readonly isBlank: boolean;
  readonly isWord: boolean;
}

/** So much text is segmented at a time: V8 copies the whole text for each of its segments. */
const usualLength = 200;

/** The segments that stay as they are whatever follows the text. */
function completeSegments(segmenter: Intl.Segmenter, text: string, held: Held): Segment[] {
  const complete: Segment[] = [];
  let begin = 0;
  let length = usualLength;
  for (let isLast = false; !isLast; ) {
    isLast = begin + length >= text.length;
    const segments = [...segmenter.segment(text.slice(begin, begin + length))];
    const count = segments.length && Math.max(0, segments.length - held(segments));
    for (const { index, segment, isWordLike = false } of segments.slice(0, count)) {
      complete.push({ end: begin + index + segment.length, isBlank: blank.test(segment), isWord: isWordLike });
    }
    begin = complete.at(-1)?.end ?? 0;
    length = count === 0 ? 2 * length : usualLength;
  }
  return complete;
}
