/**
 * A day of traffic in a minute: calls arrive at a client and a provider that is made up, in virtual time, and a report
 * tells what became of them.
 *
 * @module rxjs-resilience/lab
 */
export { type Arrivals, poisson, times } from './arrivals';
export type { Percentiles } from './report/histogram';
export type { Report } from './report/report';
export type { Binding, ReportData, ReportSeries, TenantReport, Utilisation } from './report/report-data';
export { simulate } from './simulate';
export type { Progress, SimulateConfig, SimulatedClient, SimulatedRequest } from './simulate-config';
