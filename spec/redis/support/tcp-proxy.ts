import { createServer, type Server, Socket } from 'node:net';

/** Stands between clients and a server: it can cut connections and refuse new ones, or swallow what both sides say. */
export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isDown = false;

  private constructor(private readonly port: number) {
    this.#server = createServer((client) => this.#connect(client));
  }

  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(Number(new URL(url).port));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Cuts every connection and refuses new ones, until `up`. */
  down(): void {
    this.#isDown = true;
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  up(): void {
    this.#isDown = false;
  }

  /** Connections that are there go on to exist, but nothing gets through them any more: they are half-open. New ones work. */
  swallow(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.removeAllListeners('data');
      socket.on('data', () => {});
    }
    this.#sockets.clear();
  }

  stop(): void {
    this.down();
    this.#server.close();
  }

  #connect(client: Socket): void {
    client.on('error', () => {});
    if (this.#isDown) {
      client.destroy();
      return;
    }
    const server = new Socket();
    server.on('error', () => client.destroy());
    server.connect(this.port, '127.0.0.1');
    client.pipe(server);
    server.pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
