// Each worker sends a hundred different concurrent requests to libraries/nest-server.cjs, and counts the right answers.
const { ClientProxyFactory, Transport } = require('@nestjs/microservices');
const { firstValueFrom, of, timeout } = require('rxjs');

const REQUESTS = 100;
/** Milliseconds after which a request fails. */
const PATIENCE = 20_000;

module.exports = async () => {
  const options = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
  const client = ClientProxyFactory.create({ transport: Transport.REDIS, options });
  await client.connect();
  const asked = Array.from({ length: REQUESTS }, (_, number) => `${process.pid} ${number}`);
  const answered = await Promise.all(
    asked.map((text) =>
      firstValueFrom(client.send('echo', text).pipe(timeout({ each: PATIENCE, with: () => of('') }))),
    ),
  );
  const right = asked.filter((text, number) => answered[number] === text);
  console.log(`right ${process.env.INDEX} ${right.length}`);
  return client;
};
