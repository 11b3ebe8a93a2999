/** The data of each event of an SSE body. Events end with a blank line; lines end with LF, CRLF or CR. */
export function sseData(): TransformStream<string, string> {
  let rest = '';
  return new TransformStream({
    transform(text, controller) {
      const isHalf = text.endsWith('\r'); // its LF may be in the next piece
      const whole = rest + (isHalf ? text.slice(0, -1) : text);
      const events = whole.replace(/\r\n?/g, '\n').split('\n\n');
      rest = events.pop()! + (isHalf ? '\r' : '');
      for (const data of events.map(dataOf)) {
        if (data !== undefined) {
          controller.enqueue(data);
        }
      }
    },
  });
}

/** The `data` lines of an event, joined; undefined for comments and events without data. */
function dataOf(event: string): string | undefined {
  const lines = event.split('\n').filter((line) => /^data(:|$)/.test(line));
  return lines.length === 0 ? undefined : lines.map((line) => line.replace(/^data:? ?/, '')).join('\n');
}
