/** The events of an SSE body, each with the blank line that ends it. */
export async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = parts.pop()!;
    yield* parts.map((event) => `${event}\n\n`);
  }
}

/** The model sends a token per event; the first one has the role only, the last ones the reason to stop and the usage. */
export function isToken(event: string): boolean {
  return /"content":"[^"]/.test(event);
}
