/**
 * @jest-environment node
 */
import { Linter } from 'eslint';
import { ownLines } from '../../scripts/lint/ownLines.ts';

const lines = (count: number) => Array.from({ length: count }, (_, at) => `f(${at});`).join('\n');
const complaints = (code: string) =>
  new Linter()
    .verify(code, [
      { plugins: { reseal: { rules: { 'own-lines': ownLines } } }, rules: { 'reseal/own-lines': 'error' } },
    ])
    .map(({ message }) => message);

test('a function of more than 60 lines is refused', () => {
  expect(complaints(`function long() {\n${lines(59)}\n}`)).toEqual([
    'This function has 61 lines of its own; at most 60.',
  ]);
  expect(complaints(`function short() {\n${lines(58)}\n}`)).toEqual([]);
});

test('the lines of an inner function count for the inner function only', () => {
  const inner = `const inner = () => {\n${lines(50)}\n};`;
  expect(
    complaints(`function create() {\n${inner}\n${inner.replace('inner', 'other')}\nreturn inner;\n}`),
  ).toEqual([]);
  expect(complaints(`function create() {\nconst long = () => {\n${lines(70)}\n};\n}`)).toHaveLength(1);
});

test('comments and empty lines do not count', () => {
  expect(complaints(`function documented() {\n${'// why\n\n'.repeat(60)}${lines(50)}\n}`)).toEqual([]);
});
