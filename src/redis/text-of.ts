/** What an error says, whatever was thrown: nothing that a client does may throw once more. */
export function textOf(error: unknown): string {
  try {
    return String((error as Error | null | undefined)?.message ?? error);
  } catch {
    return Object.prototype.toString.call(error);
  }
}
