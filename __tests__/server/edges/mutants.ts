const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*~. %=/+"\\\u00e9';

/** Mulberry32: the same mutants for the same seed, so that one that gets through can be had again. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Ways in which a seal comes back other than it was written; some keep its shape, so that only its HMAC can tell. */
const mutations: readonly ((seal: string, other: string, random: (below: number) => number) => string)[] = [
  // One letter for another of base64url: most of these keep the shape.
  ...Array<(s: string, o: string, r: (below: number) => number) => string>(6).fill((seal, _other, random) =>
    replace(seal, random(seal.length), LETTERS[random(64)] ?? 'A'),
  ),
  (seal, _other, random) => replace(seal, random(seal.length), LETTERS[random(LETTERS.length)] ?? ''),
  (seal, _other, random) => replace(seal, random(seal.length), ''),
  (seal, _other, random) => seal.slice(0, random(seal.length)),
  (seal, _other, random) => seal.slice(1 + random(seal.length - 1)),
  (seal, _other, random) => {
    const at = random(seal.length);
    return seal.slice(0, at) + (LETTERS[random(LETTERS.length)] ?? '') + seal.slice(at);
  },
  (seal, _other, random) => {
    const at = random(seal.length - 1);
    return seal.slice(0, at) + (seal[at + 1] ?? '') + (seal[at] ?? '') + seal.slice(at + 2);
  },
  // A field of another good seal: of another session, or of another time of this one.
  (seal, other, random) => field(seal, random(8), other.split('*')),
  // Another password's number, another expiry, an exchange of two fields.
  (seal, _other, random) => field(seal, 1, ['', String(random(2 ** 32))]),
  (seal, _other, random) => field(seal, 5, ['', '', '', '', '', String(random(2 ** 32) * 1000)]),
  (seal, _other, random) => {
    const [a, b] = [random(8), random(8)];
    const fields = seal.split('*');
    return fields.map((text, index) => (index === a ? fields[b] : index === b ? fields[a] : text)).join('*');
  },
  (seal) => seal + seal,
  (seal, other, random) => seal.slice(0, random(seal.length)) + other.slice(random(other.length)),
  (seal) => seal.toLowerCase(),
];

/** Makes a cookie value that differs from `seal`, and from `other`; the space around a value is none of it. @see RFC 6265 §5.2 */
export function mutantOf(seal: string, other: string, random: (below: number) => number): string {
  for (;;) {
    const mutate = mutations[random(mutations.length)];
    const mutant = mutate?.(seal, other, random) ?? '';
    if (mutant.trim() !== seal && mutant.trim() !== other) return mutant;
  }
}

/**
 * Makes a cookie header with such a value in two chunks. Every parser trims each of them, so space that was put in
 * at the cut is gone again: such a pair is the seal itself, and no mutant.
 */
export function cutMutantOf(seal: string, other: string, random: (below: number) => number): string {
  for (;;) {
    const mutant = mutantOf(seal, other, random);
    const at = 1 + random(Math.max(1, mutant.length - 1));
    const chunks = [mutant.slice(0, at), mutant.slice(at)];
    const read = chunks.map((chunk) => chunk.trim()).join('');
    if (read !== seal && read !== other) return chunks.map((chunk, n) => `reseal.${n}=${chunk}`).join('; ');
  }
}

function replace(text: string, at: number, letter: string): string {
  return text.slice(0, at) + letter + text.slice(at + 1);
}

function field(seal: string, at: number, from: readonly string[]): string {
  return seal
    .split('*')
    .map((text, index) => (index === at ? (from[at] ?? '') : text))
    .join('*');
}
