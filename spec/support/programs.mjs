import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

export const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Runs a program to its end; what it said is kept for when it fails. */
export function run(command, words, { cwd = root, env = {}, timeout } = {}) {
  const shell = process.platform === 'win32' && command === 'npm';
  const stdio = ['ignore', 'pipe', 'pipe'];
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd, timeout, shell, stdio, env: { ...process.env, ...env } });
    let said = '';
    const hear = (data) => {
      said += data;
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', ({ message }) => resolve({ isFine: false, said: message }));
    child.on('close', (code, signal) => {
      resolve({ isFine: code === 0, said: signal === null ? said : `${said}\nIt was stopped by ${signal}.` });
    });
  });
}

const browsers = {
  chromium: { variable: 'CHROME_PATH', names: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  firefox: { variable: 'FIREFOX_PATH', names: ['firefox-esr', 'firefox'], debian: 'firefox-esr' },
};

/** A browser of this machine; on Debian it is installed where there is none. */
export async function findOrInstallBrowser(kind = 'chromium') {
  const browser = browsers[kind];
  const found = (await findBrowser(browser)) ?? (process.getuid?.() === 0 ? await installBrowser(browser) : undefined);
  if (found === undefined) {
    const { debian, variable } = browser;
    throw new Error(`There is no browser: apt-get install ${debian}, or name one in ${variable}.`);
  }
  return found;
}

async function findBrowser({ variable, names }) {
  for (const name of [process.env[variable], ...names].filter(Boolean)) {
    const { isFine, said } = await run(name, ['--version'], { timeout: 30_000 });
    const [version, major] = /(\d+)(?:\.\d+)+/.exec(said) ?? [];
    if (isFine && version !== undefined) {
      // Playwright wants the whole path.
      return { path: name.includes('/') ? name : (await run('which', [name])).said.trim(), version, major };
    }
  }
  return undefined;
}

async function installBrowser(browser) {
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', browser.debian]);
  return findBrowser(browser);
}
