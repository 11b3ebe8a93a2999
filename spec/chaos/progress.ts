import type { ChaosServer } from './server';

/** Shows how things stand: in one line that changes on a terminal, else in a line every 5 s. Returns what ends it. */
export function showProgress(server: ChaosServer): () => void {
  const { stdout } = process;
  const startedAt = Date.now();
  const show = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const line = `${seconds} s: ${server.exchanges.length} requests, ${server.open.size} open, ${server.sockets.size} connections`;
    stdout.write(stdout.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(show, stdout.isTTY ? 250 : 5_000);
  return () => {
    clearInterval(timer);
    stdout.write(stdout.isTTY ? '\r\u001b[K' : '');
  };
}
