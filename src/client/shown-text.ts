import { type OperatorFunction, Subject, type Subscription } from 'rxjs';

/** The text of an answer as it is shown: at once, or at a steady pace. */
export class ShownText {
  text = '';
  private pieces: Subject<string> | undefined = undefined;
  private pacing: Subscription | undefined = undefined;

  /** @param changed Hears of every piece that is shown. */
  constructor(
    private readonly smooth: OperatorFunction<string, string> | undefined,
    private readonly changed: () => void,
  ) {}

  add(piece: string): void {
    if (this.smooth === undefined) {
      this.text += piece;
    } else if (piece !== '') {
      this.paced(this.smooth).next(piece);
    }
  }

  /** Drops what is shown and what waits. */
  clear(): void {
    this.stop();
    this.text = '';
  }

  /** Shows what waits. */
  flush(): void {
    this.pieces?.complete();
    this.pieces = undefined;
  }

  stop(): void {
    this.pacing?.unsubscribe();
    this.pieces = undefined;
  }

  private paced(smooth: OperatorFunction<string, string>): Subject<string> {
    if (this.pieces === undefined) {
      this.pieces = new Subject();
      this.pacing = this.pieces.pipe(smooth).subscribe((piece) => {
        this.text += piece;
        this.changed();
      });
    }
    return this.pieces;
  }
}
