import { pageOf } from '../page/page';
import type { ReportData } from './report-data';
import { tableOf } from './table';

/**
 * What came out of a simulation.
 *
 * @category Lab
 */
export interface Report extends ReportData {
  /**
   * The numbers as text for a terminal.
   *
   * @param other A report to set beside this one.
   */
  toTable(other?: ReportData): string;
  /**
   * A page in one file, with plots and without any network.
   *
   * @param other A report to set beside this one.
   */
  toHtml(other?: ReportData): string;
  /** The numbers as plain JSON. */
  toJSON(): ReportData;
}

/** Numbers that can show themselves. The ways to do so are not enumerable: two reports are equal if their numbers are. */
export function reportOf(data: ReportData): Report {
  const ways = {
    toTable: (other?: ReportData) => tableOf(other === undefined ? [data] : [data, other]),
    toHtml: (other?: ReportData) => pageOf(other === undefined ? [data] : [data, other]),
    toJSON: () => data,
  };
  const hidden = Object.entries(ways).map(([name, value]) => [name, { value, enumerable: false }]);
  return Object.defineProperties({ ...data }, Object.fromEntries(hidden)) as Report;
}
