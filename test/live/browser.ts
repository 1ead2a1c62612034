/** Debian's Chromium, looking at pages of ours as a user does, and all that a page did which it must not do. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { Command } from './programs.ts';
import { quoted } from './nobody.ts';

const LAUNCH_MILLISECONDS = 30_000;
const STEP_MILLISECONDS = 10_000;

export interface Window {
  readonly page: Page;
  /** Errors of scripts and of the console, dialogs, other windows, and whatever was asked of anybody but the server. */
  readonly complaints: () => readonly string[];
  readonly close: () => Promise<void>;
}

export interface Chromium {
  readonly browser: Browser;
  /** @param server all that its pages may ask */
  readonly open: (server: string, options?: BrowserContextOptions) => Promise<Window>;
  readonly stop: () => Promise<void>;
}

/** @param inside has a command run where the browser is to run */
export const startChromium = async (inside = (command: Command): Command => command): Promise<Chromium> => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  const wrapper = join(folder, 'chromium');
  writeFileSync(wrapper, `#!/bin/sh\nexec ${inside(['chromium']).map(quoted).join(' ')} "$@"\n`);
  chmodSync(wrapper, 0o755);
  const browser = await chromium.launch({
    executablePath: wrapper,
    // Root has no sandbox, and a container may have little shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: LAUNCH_MILLISECONDS,
  });

  return {
    browser,
    async open(server, options = {}) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(STEP_MILLISECONDS);
      const complaints: string[] = [];
      const page = await context.newPage();
      context.on('page', other => complaints.push(`opened ${other.url()}`));
      context.on('request', request => {
        if (new URL(request.url()).origin !== server) complaints.push(`asked for ${request.url()}`);
      });
      context.on('requestfailed', request => complaints.push(`${request.url()} failed`));
      context.on('console', message =>
        complaints.push(`console: ${message.text()} (${message.location().url})`),
      );
      context.on('weberror', error => complaints.push(`script: ${error.error().message}`));
      page.on('dialog', dialog => {
        complaints.push(`${dialog.type()}: ${dialog.message()}`);
        void dialog.dismiss();
      });
      return { page, complaints: () => complaints, close: () => context.close() };
    },
    async stop() {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
};
