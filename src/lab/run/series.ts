import type { ReportSeries } from '../report/report-data';
import { type Books, type Counts, noCounts } from './books';

type Writable = { [name in keyof ReportSeries]: number[] };

/** Writes an entry for each bucket. */
export class Series {
  readonly told: Writable = {
    ...{ time: [], calls: [], answered: [], refused: [], failed: [], requests: [], throttled: [] },
    ...{ waiting: [], inFlight: [], waitP50: [], waitP95: [], billed: [] },
  };
  #before: Counts = noCounts();
  #billed = 0;

  /** A bucket has ended. */
  end(time: number, books: Books, inFlight: number, billed: number): void {
    const { told } = this;
    for (const name of Object.keys(this.#before) as (keyof Counts)[]) {
      told[name].push(books.sums[name] - this.#before[name]);
    }
    told.time.push(time);
    told.waiting.push(books.open - books.running);
    told.inFlight.push(inFlight);
    told.waitP50.push(books.recentWait.percentile(0.5));
    told.waitP95.push(books.recentWait.percentile(0.95));
    told.billed.push(billed - this.#billed);
    this.#before = { ...books.sums };
    this.#billed = billed;
    books.recentWait.clear();
  }
}
