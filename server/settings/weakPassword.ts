/** Values that documentation publishes, and words that stand for "set this later". */
const PLACEHOLDERS =
  /complex_password_at_least|password_at_least_32|change[-_ ]?(me|this|it)|your[-_ ](secret|password|key)|replace[-_ ]?(me|this)|^(my)?[-_ ]?(passw(or)?d|secret|qwerty|letmein|admin)/i;

const MIN_DISTINCT = 8;

/**
 * Tells why a password is obviously not random, or `null`.
 *
 * It measures no entropy: it finds what a person types when the length is checked. Repetitions, rows of the alphabet or
 * of digits, placeholders. A guessed password opens every session.
 */
export function weaknessOf(password: string): string | null {
  if (new Set(password).size < MIN_DISTINCT) return 'must not consist of a few characters again and again';
  if (isRepeated(password)) return 'must not be one short text again and again';
  if (stepsOfOne(password) > password.length / 2)
    return 'must not be a row of the alphabet, of digits or of keys';
  if (PLACEHOLDERS.test(password)) return 'must not be a placeholder or a published example';
  return null;
}

/** Whether a text of at most half the length fills the whole, the last time perhaps in part. */
function isRepeated(password: string): boolean {
  for (let length = 1; length <= password.length / 2; length += 1) {
    const filled = password.slice(0, length).repeat(Math.ceil(password.length / length));
    if (filled.slice(0, password.length) === password) return true;
  }
  return false;
}

const KEYS = 'qwertyuiop asdfghjkl zxcvbnm';

/** Counts the neighbours that follow each other in the alphabet, among digits or on a keyboard, up or down, or are equal. */
function stepsOfOne(password: string): number {
  const text = password.toLowerCase();
  let steps = 0;
  for (let at = 1; at < text.length; at += 1) {
    const [before = '', after = ''] = [text[at - 1], text[at]];
    const isRow = Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) <= 1;
    if (isRow || KEYS.includes(before + after) || KEYS.includes(after + before)) steps += 1;
  }
  return steps;
}
