// A microservice that echoes its requests.
require('reflect-metadata');
const { Controller, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { MessagePattern, Transport } = require('@nestjs/microservices');

class Echo {
  echo(data) {
    return data;
  }
}
Controller()(Echo);
MessagePattern('echo')(Echo.prototype, 'echo', Object.getOwnPropertyDescriptor(Echo.prototype, 'echo'));
class Service {}
Module({ controllers: [Echo] })(Service);

async function main() {
  const options = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
  const service = await NestFactory.createMicroservice(Service, { transport: Transport.REDIS, options, logger: false });
  await service.listen();
  console.log('listening');
}

void main();
