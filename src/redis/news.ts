/** What Redis says of a breaker. */
export interface News {
  /** When it was asked, on this process's clock. */
  readonly askedAt: number;
  /** Whether what was told counts; false also if nothing was told. */
  readonly counts: boolean;
  /** Names the opening or closing since when it is so. */
  readonly epoch: string;
  readonly status: 'unknown' | 'closed' | 'open';
  /** How long it is still open, in ms; 0 while it is half-open. */
  readonly rest: number;
  readonly openings: number;
  readonly reason: string;
  /** For how many ms it has been open. */
  readonly openFor: number;
  /** Whether this process holds the probe. */
  readonly isMine: boolean;
  /** For how many ms from `askedAt` it holds it, if it has asked for that. */
  readonly lease: number | undefined;
  /** For how many ms another process holds it. */
  readonly heldFor: number;
}

/** What the script `circuit` returns. */
export function readNews(reply: readonly unknown[], askedAt: number, lease: number | undefined): News {
  const [counts, epoch, rest, openings, reason, openFor, isMine, heldFor] = reply;
  return {
    askedAt,
    counts: Number(counts) === 1,
    epoch: String(epoch),
    status: Number(rest) === -2 ? 'unknown' : Number(rest) === -1 ? 'closed' : 'open',
    rest: Math.max(0, Number(rest)),
    openings: Number(openings),
    reason: String(reason),
    openFor: Number(openFor),
    isMine: Number(isMine) === 1,
    lease,
    heldFor: Number(heldFor),
  };
}
