import nextJest from 'next/jest.js';

const createJestConfig = nextJest({ dir: './' });

/** @type {import('jest').Config} */
const config = {
  rootDir: '../..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/real/*.real.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.next/', '<rootDir>/__tests__/real/npm/'],
  // Each suite waits for other people's processes and for tokens to expire.
  maxWorkers: 3,
  testTimeout: 60_000,
};

export default createJestConfig(config);
