import { styleText } from 'node:util';
import { interval, type Subscription } from 'rxjs';
import type { Answer } from './answer';
import { bar } from './bar';
import type { Gauge, Run } from './run';

const columns = 5;
const marks = { queued: ' ', breaker: '◌', connecting: '…', streaming: '▸', retrying: '↻', complete: '✓', lost: '✗' };
const legend = '… connects  ▸ streams  ↻ retries  ◌ waits for the breaker  ✓ right  ≠ wrong  ✗ lost';

type Colour = Parameters<typeof styleText>[0];
const hasColour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const paint = (colour: Colour, text: string) => (hasColour ? styleText(colour, text) : text);

/** Shows a run as it goes: on a terminal one picture that is drawn again, down a pipe plain lines. */
export class Screen {
  readonly #startedAt = Date.now();
  readonly #notes: string[] = [];
  readonly #drawing: Subscription;
  #height = 0;

  constructor(private readonly run: Run) {
    if (!process.stdout.isTTY) {
      console.log(`${this.run.title}: ${run.answers.length} prompts`);
    }
    this.#drawing = interval(process.stdout.isTTY ? 100 : 1_000).subscribe(() => this.#show());
  }

  note(what: string): void {
    const line = `${this.#elapsed()}  ${what}`;
    if (process.stdout.isTTY) {
      this.#notes.push(line);
    } else {
      console.log(line);
    }
  }

  close(): void {
    this.#show();
    this.#drawing.unsubscribe();
  }

  #elapsed(): string {
    return `${((Date.now() - this.#startedAt) / 1_000).toFixed(1).padStart(5)} s`;
  }

  #show(): void {
    if (process.stdout.isTTY) {
      this.#draw();
    } else {
      const gauges = this.run.gauges.flatMap((gauge) => gauge()).map(([name, value]) => `${name} ${value}`);
      console.log([`${this.#elapsed()}  ${this.#progress()}`, ...gauges].join(' | '));
    }
  }

  #progress(): string {
    const { answers } = this.run;
    const over = answers.filter(({ verdict }) => verdict !== undefined);
    const right = over.filter(({ verdict }) => verdict === 'right');
    const tried = answers.filter(({ attempt }) => attempt > 1);
    return `${over.length} of ${answers.length} answers, ${right.length} right, ${tried.length} tried again`;
  }

  #draw(): void {
    const { title, answers, gauges } = this.run;
    const over = answers.filter(({ verdict }) => verdict !== undefined).length;
    const lines = [
      `${paint('bold', title.padEnd(60))} ${this.#elapsed()}`,
      `${paint('green', bar(over / answers.length, 30))} ${this.#progress()}`,
      '',
      ...grid(answers),
      paint('dim', legend),
      '',
      ...gauges.flatMap((gauge) => gauge()).map(dial),
      ...excerpts(answers),
      ...this.#notes.slice(-4).map((line) => paint('dim', line)),
    ];
    // What does not fit cannot be drawn over.
    const shown = lines.slice(0, (process.stdout.rows ?? 24) - 1);
    const up = this.#height > 0 ? `\x1b[${this.#height}A` : '';
    // Without line wrap a long line is cut at the edge, and the next picture knows how high this one is.
    process.stdout.write(`\x1b[?7l${up}${shown.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[0J\x1b[?7h`);
    this.#height = shown.length;
  }
}

function dial([name, value, share]: Gauge): string {
  const picture = share === undefined ? '' : `${bar(share, 20)} `;
  return `${paint('cyan', name.padEnd(8))} ${picture}${value}`;
}

function grid(answers: readonly Answer[]): string[] {
  const rows = Math.ceil(answers.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    answers
      .filter((_, index) => index % rows === row)
      .map(cell)
      .join('  '),
  );
}

/** 14 columns: number, mark, how much of the text is there, and which attempt it is. */
function cell({ number, phase, verdict, text, attempt, prompt }: Answer): string {
  const isWrong = verdict === 'repeated' || verdict === 'cut short';
  const colour = isWrong || phase === 'retrying' || phase === 'breaker' ? 'yellow' : colours[phase];
  const share = text.length / (prompt.answer?.length ?? Math.max(600, text.length));
  const tries = attempt > 1 ? String(attempt) : ' ';
  return paint(colour, `${String(number).padStart(2)} ${isWrong ? '≠' : marks[phase]} ${bar(share, 7)} ${tries}`);
}

const colours = { queued: 'dim', connecting: 'dim', streaming: 'cyan', complete: 'green', lost: 'red' } as const;

/** The ends of two texts that are being written. */
function excerpts(answers: readonly Answer[]): string[] {
  const [first, second] = answers.filter(({ phase }) => phase === 'streaming');
  return [first, second].map((answer) =>
    answer === undefined ? '' : `${paint('cyan', `#${answer.number}`.padEnd(8))} …${answer.text.slice(-65)}`,
  );
}
