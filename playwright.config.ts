import { spawnSync } from 'node:child_process';
import { defineConfig } from '@playwright/test';

const found = spawnSync('sh', [
  '-c',
  'command -v chromium || command -v chromium-browser || command -v google-chrome',
]);
const executablePath = found.stdout.toString().trim();

export default defineConfig({
  testDir: '__tests__/e2e',
  testMatch: '*.spec.ts',
  outputDir: '.reseal/playwright',
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  forbidOnly: Boolean(process.env['CI']),
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ? [['list'], ['json']] : 'list',
  use: {
    trace: 'off',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
