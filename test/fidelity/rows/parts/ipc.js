// Started with child_process.fork: answers every message and leaves when it is told to.
process.on('message', (message) => {
  if (message === 'leave') process.disconnect();
  else process.send({ echo: message });
});
process.send('online');
