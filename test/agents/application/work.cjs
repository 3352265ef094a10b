/** Makes two HTTP requests, one with a Redis command and one that fails, under the agent loaded before. */
const express = require('express');
const { Redis } = require('ioredis');
const http = require('node:http');

module.exports = async function work(capture) {
  const application = express();
  const redis = new Redis(process.env.REDIS_URL);
  application.get('/hello/:name', async (_request, response) => {
    await redis.set('key', 'value');
    response.send('hello');
  });
  application.get('/fail', () => {
    throw new Error('it failed');
  });
  // Otherwise Express prints errors.
  application.use((error, _request, response, _next) => {
    capture(error);
    response.status(500).send('failed');
  });
  const server = application.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  for (const path of ['/hello/world', '/fail']) {
    await new Promise((resolve, reject) => {
      http
        .get({ port: server.address().port, path }, (response) => response.resume().on('end', resolve))
        .on('error', reject);
    });
  }
  console.log(`worked ${process.pid}`);
};
