import { answerScenarios } from './answer';
import { circuitBreakScenarios } from './circuit-break';
import { coalesceTimeScenarios } from './coalesce-time';
import { failoverScenarios } from './failover';
import { fromStreamScenarios } from './from-stream';
import { hedgeScenarios } from './hedge';
import { rateLimitScenarios } from './rate-limit';
import { rateLimitEachScenarios } from './rate-limit-each';
import { resilientScenarios } from './resilient';
import { resilientClientScenarios } from './resilient-client';
import { resilientRouterScenarios } from './resilient-router';
import { retryBackoffScenarios } from './retry-backoff';
import type { Scenario } from './scenario';
import { smoothTextScenarios } from './smooth-text';
import { tokenBudgetScenarios } from './token-budget';

/** All diagrams, by the operator that they show. */
export const diagrams: Readonly<Record<string, readonly Scenario[]>> = {
  retryBackoff: retryBackoffScenarios,
  hedge: hedgeScenarios,
  failover: failoverScenarios,
  rateLimit: rateLimitScenarios,
  rateLimitEach: rateLimitEachScenarios,
  circuitBreak: circuitBreakScenarios,
  tokenBudget: tokenBudgetScenarios,
  resilient: resilientScenarios,
  ResilientClient: resilientClientScenarios,
  ResilientRouter: resilientRouterScenarios,
  answer: answerScenarios,
  coalesceTime: coalesceTimeScenarios,
  smoothText: smoothTextScenarios,
  fromStream: fromStreamScenarios,
};
