import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { drawings, folder } from './pages';

const files = drawings();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, content] of files) {
  writeFileSync(`${folder}/${name}`, content);
}
console.log(`${files.size - 1} drawings in ${folder}`);
