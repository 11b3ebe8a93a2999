// node definitions.mjs <name>…: where an editor lands that looks for the definition of each name in use.mts and use.cts.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const names = process.argv.slice(2);
const server = spawn(process.execPath, ['node_modules/ts60/lib/tsserver.js', '--disableAutomaticTypingAcquisition']);
const waiting = new Map();
let requests = 0;

createInterface({ input: server.stdout }).on('line', (line) => {
  const message = line.startsWith('{') ? JSON.parse(line) : {};
  waiting.get(message.request_seq)?.(message);
});

const places = [];
for (const file of ['use.mts', 'use.cts']) {
  const path = resolve(file);
  const lines = readFileSync(path, 'utf8').split('\n');
  send('open', { file: path });
  for (const name of names) {
    const used = new RegExp(`\\b${name}[(<]`);
    const line = lines.findIndex((text) => used.test(text)) + 1;
    const offset = lines[line - 1].search(used) + 1;
    const { body } = await send('definition', { file: path, line, offset });
    places.push({ name, file, at: body?.[0]?.file, line: body?.[0]?.start.line });
  }
}
console.log(JSON.stringify(places));
server.kill();

function send(command, words) {
  requests += 1;
  server.stdin.write(`${JSON.stringify({ seq: requests, type: 'request', command, arguments: words })}\n`);
  return new Promise((answer) => waiting.set(requests, answer));
}
