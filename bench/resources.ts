/** Loaded before the program (`node --import`): tells at SIGUSR2, on stderr, how much of what keeps an event loop alive there is. */
process.on('SIGUSR2', () => {
  process.stderr.write(`resources ${process.getActiveResourcesInfo().length}\n`);
});
