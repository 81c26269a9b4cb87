import type { Rule } from 'eslint';
import type { Node } from 'estree';

const MAX = 60;
const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

/**
 * Refuses a function of too many lines, where the lines of the functions inside it do not count: a `create…` function
 * that returns closures is as long as its own statements, and each closure is counted by itself.
 */
export const ownLines: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { long: 'This function has {{lines}} lines of its own; at most {{max}}.' },
  },
  create({ report, sourceCode }) {
    /** For each function that is open, the lines that its inner functions have. */
    const open: Set<number>[] = [];
    const isCode = (line: number) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(sourceCode.lines[line - 1] ?? '');
    const enter = () => void open.push(new Set());
    const leave = (node: Node) => {
      const inner = open.pop();
      const { start, end } = node.loc ?? { start: { line: 1 }, end: { line: 0 } };
      const all = Array.from({ length: end.line - start.line + 1 }, (_, at) => start.line + at);
      const lines = all.filter((line) => isCode(line));
      const own = lines.filter((line) => !inner?.has(line)).length;
      if (own > MAX) report({ node, messageId: 'long', data: { lines: `${own}`, max: `${MAX}` } });
      // The line on which an inner function begins belongs to the outer one too.
      for (const line of lines) if (line !== start.line) open.at(-1)?.add(line);
    };
    return Object.fromEntries(
      FUNCTIONS.flatMap((type): [string, (node: Node) => void][] => [
        [type, enter],
        [`${type}:exit`, leave],
      ]),
    );
  },
};
