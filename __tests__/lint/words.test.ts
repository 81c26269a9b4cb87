import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Words that are read twice, or that name a thing by a second name; `docs/words.test.ts` does the same for documents. */
const AVOIDED =
  /\b(renew(s|al|als|ing)?|nobody|whoever|somebody|everybody|meanwhile|mend(s|ed|ing)?|house|crew|knock(s|ed)?|bury|buried|shelf|quietly|heeded|c[ao]mes? to nothing|in the same breath)\b/i;

/** Lines where such a word is a value: an old metric's name, a field of someone's backend, a name that a test sends. */
const ALLOWED = [
  /renewals(_total|\.inc| = )/,
  /'(nobody|[a-z-]+=nobody[.\d;= a-z/P]*)'/i,
  /renew: `|renew\/r/,
  /=nobody|somebody-else|(expect|leave)Nobody/,
];

const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.js'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && !file.endsWith('words.test.ts'));

test.each([...new Set(files.map((file) => file.split('/', 1)[0] ?? ''))])(
  'the code of %s is written in plain words',
  (folder) => {
    const found = files
      .filter((file) => file === folder || file.startsWith(`${folder}/`))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .map((line, at) => `${file}:${at + 1}: ${line.trim()}`),
      )
      .filter((line) => AVOIDED.test(line) && !ALLOWED.some((allowed) => allowed.test(line)));
    expect(found).toEqual([]);
  },
);
