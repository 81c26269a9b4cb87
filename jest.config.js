import nextJest from 'next/jest.js';

const createJestConfig = nextJest({ dir: './' });

/** @type {import('jest').Config} */
const config = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts', '<rootDir>/__tests__/**/*.test.tsx'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/.next/', '<rootDir>/__tests__/e2e/'],
  modulePathIgnorePatterns: ['<rootDir>/.next/'],
  restoreMocks: true,
  collectCoverageFrom: ['interceptors/**/*.ts', 'server/**/*.ts', 'store/**/*.ts', 'upstream/**/*.ts'],
};

export default createJestConfig(config);
