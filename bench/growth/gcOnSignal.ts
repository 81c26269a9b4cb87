/* `node --expose-gc --import` this: frees on SIGUSR2 what nothing refers to, so that what is weighed is what is held. */
process.on('SIGUSR2', () => {
  for (let times = 0; times < 3; times += 1) globalThis.gc?.();
});
