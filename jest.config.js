import { availableParallelism } from 'node:os';
import nextJest from 'next/jest.js';

const createJestConfig = nextJest({ dir: './' });

/** @type {import('jest').Config} */
const config = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts', '<rootDir>/__tests__/**/*.test.tsx'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/.next/', '<rootDir>/__tests__/e2e/'],
  modulePathIgnorePatterns: ['<rootDir>/.next/'],
  // The suites that start instances wait more than they work: two cores carry two of them.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  restoreMocks: true,
  collectCoverageFrom: ['interceptors/**/*.ts', 'server/**/*.ts', 'store/**/*.ts', 'upstream/**/*.ts'],
};

export default createJestConfig(config);
