import { stepEnds } from '../internal/time/step';
import { reportUnhandled } from '../internal/unhandled';
import type { CallStatus } from './call-options';

/** Phases whose status has no field but the attempt's number, if that. */
type BarePhase = 'connecting' | 'streaming' | 'done' | 'cancelled';

/** What a call is asked for its status. */
interface ReportedCall {
  /** Ends it: a listener threw. */
  cut(thrown: unknown): void;
  /** Its phase has changed. */
  moved(): void;
}

/** The phase of a call, told to its `onStatus`. */
export class CallProgress {
  phase: CallStatus['phase'] | undefined = undefined;
  isRunning = true;

  constructor(
    private readonly call: ReportedCall,
    /** Which attempt is shown. */
    private readonly attempts: { readonly shown: number },
    private readonly onStatus: ((status: CallStatus) => void) | undefined,
  ) {}

  /** Tells the status, unless the call is over. If the listener throws, the call fails with that error. */
  report(status: CallStatus | BarePhase): void {
    if (this.isRunning) {
      this.tell(status);
    }
  }

  /** The last status. What its listener throws has nowhere else to go. */
  end(status: CallStatus | BarePhase): void {
    this.isRunning = false;
    this.tell(status);
  }

  private tell(status: CallStatus | BarePhase): void {
    this.phase = typeof status === 'string' ? status : status.phase;
    try {
      if (this.onStatus !== undefined) {
        stepEnds();
        this.onStatus(typeof status === 'string' ? this.statusIn(status) : status);
      }
    } catch (thrown) {
      if (this.isRunning) {
        this.call.cut(thrown);
      } else {
        reportUnhandled(thrown);
      }
    }
    this.call.moved(); // last, because a listener may end the call
  }

  private statusIn(phase: BarePhase): CallStatus {
    return phase === 'done' || phase === 'cancelled' ? { phase } : { phase, attempt: this.attempts.shown };
  }
}
