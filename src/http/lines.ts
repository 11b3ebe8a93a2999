/** Cuts a text that comes in pieces into lines, which end with `\n` or `\r\n`. */
export class Lines {
  /** The beginning of a line: in parts, so that a long one is joined once only. */
  #parts: string[] = [];

  /** The lines that are complete with this piece. */
  feed(piece: string): string[] {
    const [rest, ...lines] = piece.split('\n');
    this.#parts.push(rest!);
    if (lines.length === 0) {
      return [];
    }
    const complete = [this.#parts.join(''), ...lines];
    this.#parts = [complete.pop()!];
    return complete.map(withoutReturn);
  }

  /** What stands after the last end of a line. */
  end(): string[] {
    return [withoutReturn(this.#parts.join(''))];
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
