import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** The files of the page by path, built in memory. */
export async function buildPage(): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const local = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const built = await build({
    root: local('../page'),
    configFile: false,
    logLevel: 'error',
    resolve: {
      alias: {
        'rxjs-resilience/http': local('../../../src/http/index.ts'),
        'rxjs-resilience': local('../../../src/index.ts'),
      },
    },
    build: { write: false, modulePreload: false },
  });
  if (!('output' in built)) {
    throw new Error('vite was asked for one build and gave something else');
  }
  return new Map(
    built.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source] as const),
  );
}

/** Serves the files; the page may talk to `connect` and to nobody else. */
export function siteOf(files: ReadonlyMap<string, string | Uint8Array>, connect: readonly string[]) {
  const policy = `default-src 'self'; img-src 'self' data:; connect-src 'self' ${connect.join(' ')}`;
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    const file = files.get(path);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(path)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(file);
  };
}
