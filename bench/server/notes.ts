/** What upstream and bare route answer: a short list, 1 KB of JSON. */
export const notes = Array.from({ length: 10 }, (_, id) => ({
  id,
  title: `Note ${id}`,
  text: 'The quick brown fox jumps over the lazy dog, twice.',
}));
