import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
};

/** Serves a folder as hosts of static sites do; counts the bytes that it sends, gzipped. */
export async function served(folder) {
  const sent = { bytes: 0, files: [] };
  const server = createServer((request, response) => {
    const path = decodeURI(new URL(request.url, 'http://site').pathname);
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : extname(path) === '' ? `${path}.html` : path);
    try {
      const body = readFileSync(file);
      const bytes = gzipSync(body).length;
      sent.bytes += bytes;
      sent.files.push([path, bytes]);
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { home: `http://127.0.0.1:${server.address().port}`, sent, close: () => server.close() };
}
