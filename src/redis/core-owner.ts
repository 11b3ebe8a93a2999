import type { ErrorLabels, Told } from '../internal/policy/policy';
import type { RedisRateLimiterEvent } from './redis-rate-limiter-config';

/** The limiter whose work a core does. */
export interface CoreOwner {
  /** Told how long this process has to wait for its turn now; -1 if it does not wait. */
  moved(wait: number): void;
  /** Told that calls may begin earlier or later than was known. */
  changed(): void;
  /**
   * Told when the state may have changed, with the event that tells why. Events are made also when there is no listener:
   * they cost little beside a question to Redis.
   */
  notify(event?: Told<RedisRateLimiterEvent>): void;
  /** What errors say of who refused. */
  labels(): ErrorLabels | undefined;
}
