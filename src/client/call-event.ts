import type { Usage } from '../provider';

/**
 * What becomes of the calls of a client.
 *
 * @category Client
 */
export type CallEvent =
  | {
      /** A call was subscribed. */
      readonly type: 'began';
      /** What the call's option `meta` says. */
      readonly meta?: object | undefined;
    }
  | {
      /** An attempt was begun. */
      readonly type: 'attempt-began';
      /** 1, 2, … */
      readonly attempt: number;
    }
  | {
      /** The first value of an attempt has come. */
      readonly type: 'accepted';
      /** Which attempt. */
      readonly attempt: number;
      /** ms since its source was subscribed. */
      readonly after: number;
    }
  | {
      /** No content has come for a while: another attempt begins beside the last one. */
      readonly type: 'hedged';
      /** Which attempt begins. */
      readonly attempt: number;
      /** ms since the source of the last one was subscribed. */
      readonly after: number;
    }
  | {
      /** The answer of an attempt was rejected by `validate`. */
      readonly type: 'rejected';
      /** Which attempt. */
      readonly attempt: number;
    }
  | {
      /** A call has ended. */
      readonly type: 'ended';
      /** How: it completed, it failed, or it was unsubscribed. */
      readonly outcome: 'done' | 'failed' | 'cancelled';
      /** How many attempts there were. */
      readonly attempts: number;
      /** ms since it was subscribed. */
      readonly duration: number;
      /** What the last attempt reported. */
      readonly usage?: Usage | undefined;
      /** With what it failed. */
      readonly error?: unknown;
    };
