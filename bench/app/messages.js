/** Calls `take` with each message that arrives on a socket, one line of JSON each. */
export function readMessages(socket, take) {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop();
    for (const line of lines) take(JSON.parse(line));
  });
}

export function writeMessage(socket, message) {
  socket.write(`${JSON.stringify(message)}\n`);
}
