import { run } from './program.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** A browser of this machine; on Debian it is installed where there is none. */
export async function findOrInstallBrowser() {
  const found = (await findBrowser()) ?? (process.getuid?.() === 0 ? await installBrowser() : undefined);
  if (found === undefined) {
    throw new Error('There is no browser: apt-get install chromium, or name one in CHROME_PATH.');
  }
  return found;
}

async function findBrowser() {
  for (const name of [process.env.CHROME_PATH, ...names].filter(Boolean)) {
    const { isFine, said } = await run(name, ['--version'], { timeout: 30_000 });
    const [version, major] = /(\d+)(?:\.\d+)+/.exec(said) ?? [];
    if (isFine && version !== undefined) {
      // Playwright wants the whole path.
      return { path: name.includes('/') ? name : (await run('which', [name])).said.trim(), version, major };
    }
  }
  return undefined;
}

async function installBrowser() {
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium']);
  return findBrowser();
}
