// Started by child_process.fork(): echoes every message, and disconnects on 'leave'.
process.on('message', (message) => {
  if (message === 'leave') process.disconnect();
  else process.send({ echo: message });
});
process.send('online');
