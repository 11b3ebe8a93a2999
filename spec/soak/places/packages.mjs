import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, run } from '../../support/programs.mjs';

const flags = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];

/** Packages that are installed in the background, one after the other, each in a folder of its own. */
export class Packages {
  #last = Promise.resolve();
  /** By version, because several places may be in the same. */
  #nodes = new Map();

  constructor(folder) {
    this.folder = folder;
  }

  /** The folder in whose node_modules the package will be, and others like `name@version` beside it. */
  async install(name, version, ...others) {
    const home = join(this.folder, `${name}-${version}`);
    const before = this.#last;
    const installed = before.then(() => npmInstall(home, [`${name}@${version}`, ...others]));
    this.#last = installed.then(
      () => undefined,
      () => undefined,
    );
    const { isFine, said } = await installed;
    if (!isFine) {
      throw new Error(`npm could not install ${name}@${version}\n${said}`);
    }
    return home;
  }

  /** The program of a Node, and its version. */
  node(major) {
    const node = this.#nodes.get(major) ?? this.#installNode(major);
    this.#nodes.set(major, node);
    return node;
  }

  async #installNode(major) {
    const name = packageOfNode();
    const home = join(await this.install(name, major), 'node_modules', name);
    const { bin, version } = read(home, 'package.json');
    return { path: join(home, bin.node), version };
  }
}

function npmInstall(home, wanted) {
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'a-place', private: true }));
  return run('npm', ['install', ...flags, ...wanted], { cwd: home });
}

/** What the package `node` would install: nothing but the program, for this machine, and without a script that must run. */
function packageOfNode() {
  const { platform, arch } = process;
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  return [prefix, platform === 'win32' ? 'win' : platform, arch].join('-');
}
