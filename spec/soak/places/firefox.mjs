import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineBrowserProvider } from '@vitest/browser';

/** Without these it looks for its maker's hosts, shows pages of its own, and slows timers down. */
const prefs = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.search.update': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.timeout.enable_budget_timer_throttling': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.server': 'data:,',
};

/**
 * Firefox for the tests. It is opened at their page and is not driven: they need no clicks, and Playwright cannot drive
 * the one that Debian has.
 */
class Firefox {
  name = 'firefox';
  supportsParallelism = false;
  #profile = mkdtempSync(join(tmpdir(), 'rxjs-resilience-firefox-'));
  #browser;

  constructor(path) {
    this.path = path;
  }

  getCommandsContext() {
    return {};
  }

  async openPage(_session, url) {
    const lines = Object.entries(prefs).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    writeFileSync(join(this.#profile, 'user.js'), lines.join('\n'));
    const words = ['--headless', '--no-remote', '--profile', this.#profile, url];
    this.#browser = spawn(this.path, words, { stdio: 'ignore' });
    process.once('exit', () => this.#browser.kill());
  }

  async close() {
    if (this.#browser?.exitCode === null) {
      const exit = new Promise((resolve) => this.#browser.once('exit', resolve));
      this.#browser.kill();
      await exit;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }
}

export const firefox = (path) =>
  defineBrowserProvider({
    name: 'firefox',
    supportedBrowser: ['firefox'],
    providerFactory: () => new Firefox(path),
  });
